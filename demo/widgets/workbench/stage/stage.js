// Shows the picture of the document: before and after with a split line, zoom, views, and layers of other parts above it.
import { clamp } from '../clamp.js';
import { createImages } from '../drawing/pictures.js';
import { stageGestures } from './gestures.js';
import { createLayers } from './layers.js';
import { createLine } from './line.js';
import { createSamples } from './samples.js';
import { frameOf, middleOf, mostZoom, zoomed } from './view.js';

const SVG = 'http://www.w3.org/2000/svg';

export const createStage = (bench, element) => {
  const find = (name) => element.querySelector(name);
  const [canvas, sheet, handle, picture] = ['.wb-view', '.wb-sheet', '.wb-handle', '.wb-base'].map(find);
  const groups = { raw: find('.wb-raw'), after: find('.wb-after'), mask: find('.wb-mask') };
  const state = { mode: 'split', split: 0.5, zoom: 1, x: 0, y: 0, holding: false, lifted: null };
  const imageOf = createImages(() => stage.redraw());
  const layers = createLayers(groups, imageOf);
  const samples = createSamples(bench, layers, imageOf);
  const overlays = new Map();
  let shown = ''; // the file of the picture that is drawn
  let frame = null;
  let asked = false;

  const background = () => bench.files[bench.document?.background] ?? null;
  const size = () => background() ?? { width: 3, height: 2 };
  const hasResult = () =>
    bench.document?.objects.some((object) => object.visible && (object.edit || object.cutout)) ?? false;
  const hasMask = () => Boolean(bench.document?.objects.length);
  const modeNow = () => {
    if (state.holding) return 'before';
    if (state.lifted) return 'after';
    return hasResult() || (state.mode === 'mask' && hasMask()) ? state.mode : 'before';
  };

  const layOut = () => {
    frame = frameOf({ width: canvas.clientWidth, height: canvas.clientHeight }, size(), state);
    Object.assign(state, { x: frame.x, y: frame.y });
    Object.assign(sheet.style, {
      width: `${frame.width}px`,
      height: `${frame.height}px`,
      transform: `translate(${frame.left}px, ${frame.top}px)`,
    });
    const mode = modeNow();
    Object.assign(element.dataset, { mode, chosen: state.mode, result: hasResult() ? 'yes' : 'no' });
    canvas.classList.toggle('zoomed', state.zoom > 1);
    placeLine(mode);
    bench.emit('view');
  };
  const placeLine = (mode) => {
    const right = Math.min(canvas.clientWidth, frame.left + frame.width);
    const left = Math.max(0, frame.left);
    const line = clamp(frame.left + state.split * frame.width, left, right);
    const cut =
      mode === 'split'
        ? (100 * clamp(line - frame.left, 0, frame.width)) / frame.width
        : mode === 'before'
          ? 100
          : 0;
    groups.after.style.clipPath = `inset(0 0 0 ${cut}%)`;
    groups.raw.style.clipPath = `inset(0 ${100 - cut}% 0 0)`;
    handle.style.transform = `translateX(${line}px)`;
    const [top, bottom] = [Math.max(0, frame.top), Math.min(canvas.clientHeight, frame.top + frame.height)];
    Object.assign(handle.style, { top: `${top}px`, height: `${bottom - top}px` });
    handle.tabIndex = mode === 'split' ? 0 : -1;
    handle.setAttribute('aria-valuenow', Math.round(state.split * 100));
    for (const tag of element.querySelectorAll('.wb-tag'))
      tag.style.bottom = `${canvas.clientHeight - bottom + 10}px`;
    find('.wb-tag.left').style.left = `${left + 10}px`;
    find('.wb-tag.right').style.right = `${canvas.clientWidth - right + 10}px`;
  };

  const zoomTo = (zoom, at) => {
    const box = canvas.getBoundingClientRect();
    const next = clamp(zoom, 1, mostZoom(frame.fit, devicePixelRatio));
    const from = at ? [at.clientX - box.left - box.width / 2, at.clientY - box.top - box.height / 2] : [0, 0];
    Object.assign(state, zoomed(state, next, ...from));
    layOut();
  };
  const moveLine = (clientX) => {
    stage.setSplit(stage.toPicture(clientX, 0).x);
  };

  const line = createLine((split) => {
    state.split = split;
    placeLine(modeNow());
  });
  // Moves the line to the middle of the object. how: 'sweep' crosses the object first, 'glide' goes straight; without it, at once.
  const focusObject = (how) => {
    const shape = bench.object && layers.shape(bench.object.id);
    if (!shape) return false;
    const place = middleOf(shape);
    if (how === 'sweep' && state.mode === 'split') line.sweep(place);
    else if (how === 'glide' && state.mode === 'split') line.glide(state.split, place.middle);
    else stage.setSplit(place.middle);
    return true;
  };

  const usePicture = (facts, image) => {
    const side = 1.25 * devicePixelRatio * Math.max(canvas.clientWidth, canvas.clientHeight, 480);
    layers.setBase(image, clamp(side, 600, 1600));
    picture.src = image.src;
    shown = facts.id;
    element.style.setProperty('--ratio', facts.width / facts.height);
    Object.assign(state, { zoom: 1, x: 0, y: 0 });
    for (const layer of overlays.values()) fitOverlay(layer);
  };
  const fitOverlay = (layer) => {
    if (layer.tagName === 'svg') layer.setAttribute('viewBox', `0 0 ${size().width} ${size().height}`);
  };
  let aimed = ''; // the picture and object for which the line was placed
  const aim = () => {
    const object = bench.object;
    const target = object ? `${shown} ${object.mask ?? object.cutout} ${Boolean(object.edit)}` : '';
    if (target && target !== aimed && focusObject(object.edit && 'sweep')) aimed = target;
  };
  // Returns the document without the object that a part draws itself while it moves.
  const onStage = () => ({
    objects: bench.document.objects.map((object) =>
      object.id === state.lifted ? { ...object, visible: false } : object,
    ),
  });
  const draw = () => {
    asked = false;
    if (!bench.document) return;
    const image = imageOf(background());
    if (!image) return;
    if (shown !== bench.document.background) usePicture(background(), image);
    const whole = layers.draw(onStage(), bench.files, state.mode === 'mask');
    element.dataset.drawn = whole ? 'yes' : 'no';
    layOut();
    aim();
    bench.emit('drawn');
  };

  const stage = {
    element: canvas,
    get mode() {
      return state.mode;
    },
    get zoom() {
      return state.zoom;
    },
    // CSS pixels for a pixel of the picture.
    get scale() {
      return frame?.scale ?? 1;
    },
    get fit() {
      return frame?.fit ?? 1;
    },
    // The size of the drawing in pixels: {width, height}.
    get drawn() {
      return layers.size;
    },
    // Where the picture lies in the view, in CSS pixels: {left, top, width, height}.
    get frame() {
      return frame;
    },
    setMode(name) {
      state.mode = name;
      stage.redraw();
    },
    // Gives the pointer to a part: 'brush', say. The frame of a cut-out is hidden meanwhile; null ends it.
    useTool(name) {
      if (name) element.dataset.tool = name;
      else delete element.dataset.tool;
    },
    hold(on) {
      state.holding = on;
      layOut();
    },
    // Takes an object out of the drawing, so that a part can draw it while it moves; null puts it back with the next drawing.
    lift(id) {
      state.lifted = id;
      stage.redraw();
    },
    toPicture(clientX, clientY) {
      const box = canvas.getBoundingClientRect();
      return {
        x: (clientX - box.left - frame.left) / frame.width,
        y: (clientY - box.top - frame.top) / frame.height,
      };
    },
    toScreen(x, y) {
      const box = canvas.getBoundingClientRect();
      return { x: box.left + frame.left + x * frame.width, y: box.top + frame.top + y * frame.height };
    },
    // Returns the layer of a part above the picture: an <svg> in pixels of the picture, or a <canvas>. Nothing in it takes the pointer unless
    // its style says so; what takes it stops the event, or the stage moves too.
    overlay(name, kind = 'svg') {
      if (!overlays.has(name)) {
        const layer =
          kind === 'svg' ? document.createElementNS(SVG, 'svg') : document.createElement('canvas');
        layer.setAttribute('class', 'wb-overlay');
        layer.dataset.layer = name;
        if (kind === 'svg') layer.setAttribute('preserveAspectRatio', 'none');
        find('.wb-overlays').append(layer);
        overlays.set(name, layer);
        fitOverlay(layer);
      }
      return overlays.get(name);
    },
    // Draws with the next frame.
    redraw() {
      if (asked) return;
      asked = true;
      requestAnimationFrame(draw);
    },
    layOut,
    zoomTo,
    zoomBy: (factor, at) => zoomTo(state.zoom * factor, at),
    moveBy(x, y) {
      Object.assign(state, { x: state.x + x, y: state.y + y });
      layOut();
    },
    moveLine,
    setSplit(split) {
      line.stop();
      state.split = clamp(split, 0, 1);
      placeLine(modeNow());
    },
    get split() {
      return state.split;
    },
    focusObject,
    // Returns {box, matte, width, height, placed?} of an object at the size of the drawing; null while it is loading.
    shape: layers.shape,
    // Returns the pixels of an object before its edit: {colours: RGBA, matte: 0-255, width, height} of its box; null while it is loading.
    unedited: layers.pixels,
    // Returns RGBA pixels of an object before its edit, with the matte as alpha, at most 20 000 of them; null while it is loading.
    sample: (object) => samples.of(object.id),
    // Returns {data, width, height}: the matte of an object, 0-1, on a coarse grid over the picture; null while it is loading.
    matteGrid: (object) => (object ? samples.grid(object) : null),
    // Returns the drawing of the whole document as a canvas.
    flat: layers.flat,
    // Returns the decoded view of a file, or null while it is loading.
    imageOf,
  };
  stageGestures(bench, element, stage);
  new ResizeObserver(layOut).observe(canvas);
  for (const name of ['document', 'files', 'selection']) bench.on(name, stage.redraw);
  return stage;
};
