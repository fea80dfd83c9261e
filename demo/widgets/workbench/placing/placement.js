// Places cut-outs by hand: drag, size, turn and mirror them on the stage, with pointers, two fingers and keys.
import { createFrame } from './frame.js';
import { applied, cornersOf, flipped, inverse, inWords, matrixOf, same, startOf } from './geometry.js';
import { keyed } from './gesture.js';
import { createMoving } from './moving.js';
import { createPointers } from './pointers.js';
import { createShapes } from './shapes.js';

const SHOWN = new Set(['split', 'before', 'after']);
const REST = 600; // milliseconds without a key that end a movement by keys
const SLIDER_KEYS = {
  corner: { ArrowRight: '+', ArrowUp: '+', ArrowLeft: '-', ArrowDown: '-' },
  turn: { ArrowRight: ']', ArrowUp: ']', ArrowLeft: '[', ArrowDown: '[' },
};
const labelOf = (key) => {
  if (key.startsWith('Arrow')) return 'Move the object';
  return '[]{}'.includes(key) ? 'Turn the object' : 'Scale the object';
};

// Returns what the parts of the stage need of an object: {picture, cutout, image, bounds, isVisible}, or null while it is loading.
const createScenes = (bench) => {
  const shapeOf = createShapes();
  return (object) => {
    const [picture, cutout] = [bench.files[bench.document?.background], bench.files[object?.cutout]];
    const image = bench.stage.imageOf(cutout);
    if (!picture || !image || !object.placement) return null;
    return { picture, cutout, image, ...shapeOf(image) };
  };
};

// Listens to keys on the frame. One movement by keys is one step.
const createFrameKeys = (bench, frame, { moving, sceneOf, placementOf, pointers, onStep }) => {
  let timer = 0;
  let label = '';
  const end = (text = label) => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    if (moving.id) moving.end(text);
    onStep();
  };
  const onKey = (event) => {
    frame.root.dataset.hand = 'keys';
    const object = bench.object;
    const scene = sceneOf(object);
    if (!scene || pointers.active || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = SLIDER_KEYS[event.target.dataset.part]?.[event.key] ?? event.key;
    const next = keyed(placementOf(object), key, event.shiftKey, scene, 1 / bench.stage.scale);
    if (event.key === 'Escape' && timer) end(null);
    else if (next && moving.begin(object)) {
      label = labelOf(key);
      moving.move(next);
      clearTimeout(timer);
      timer = setTimeout(end, REST);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  frame.root.addEventListener('keydown', onKey);
  frame.root.addEventListener('focusout', () => end());
  return { end };
};

export const placement = (bench, root) => {
  const { stage } = bench;
  const view = stage.element;
  const frame = createFrame(view);
  const sceneOf = createScenes(bench);
  const firsts = new Map(); // object and cut-out -> the placement with which it came

  const placementOf = (object) => moving.placementOf(object.id) ?? object.placement;
  const pointOf = ({ x, y }, { picture }) => {
    const at = stage.toPicture(x, y);
    return [at.x * picture.width, at.y * picture.height];
  };
  const drawFrame = () => {
    const object = bench.object;
    const scene = object?.visible && SHOWN.has(stage.mode) && stage.frame ? sceneOf(object) : null;
    if (!scene) {
      frame.hide();
      return;
    }
    const { left, top, scale } = stage.frame;
    const now = placementOf(object);
    const corners = cornersOf(now, scene.picture, scene.cutout, scene.bounds);
    const inView = corners.map(([x, y]) => [left + x * scale, top + y * scale]);
    frame.draw(inView, { width: view.clientWidth, height: view.clientHeight }, pointers.active);
    if (!pointers.active) frame.name(object.name, now);
  };
  const moving = createMoving(bench, root, { sceneOf, onFrame: drawFrame });

  // Returns the uppermost cut-out of which a point of the screen shows something.
  const hit = ({ clientX, clientY }) => {
    const visible = (bench.document?.objects ?? []).filter((object) => object.visible);
    return visible.findLast((object) => {
      const scene = sceneOf(object);
      if (!scene) return false;
      const back = inverse(matrixOf(placementOf(object), scene.picture, scene.cutout));
      const [u, v] = applied(back, pointOf({ x: clientX, y: clientY }, scene));
      return scene.isVisible(u / scene.cutout.width, v / scene.cutout.height);
    });
  };
  // Returns {part, object, corner}, what a pointer takes; null for the stage.
  const target = (event) => {
    if (!bench.document || !SHOWN.has(stage.mode)) return null;
    const part = event.target.closest?.('[data-part]');
    if (part && part.dataset.part !== 'body')
      return { part: part.dataset.part, object: bench.object, corner: Number(part.dataset.corner ?? 0) };
    if (event.target.closest?.('.wb-handle i, .wb-overlay, button')) return null;
    const object = hit(event) ?? (part ? bench.object : null);
    return object && { part: 'body', object, corner: 0 };
  };
  const announce = () => {
    drawFrame();
    if (bench.object?.placement) frame.announce(inWords(placementOf(bench.object)));
  };
  // Makes one step of a change that is complete at once.
  const set = (label, change) => {
    keys.end();
    const object = bench.object;
    const scene = sceneOf(object);
    if (!scene || !moving.begin(object)) return;
    moving.move(change(placementOf(object), scene));
    moving.end(label);
    announce();
  };
  const reset = () =>
    set('Put the object back', (now, { picture, cutout, bounds }) => {
      const first = firsts.get(bench.object.id + bench.object.cutout);
      return first && !same(first, now) ? first : startOf(picture, cutout, bounds);
    });
  const flip = () =>
    set('Mirror the object', (now, { picture, cutout, bounds }) => flipped(now, picture, cutout, bounds));
  const nudge = (key) => set(labelOf(key), (now, scene) => keyed(now, key, false, scene, 1 / stage.scale));

  const pointers = createPointers(view, frame, {
    target,
    pointOf,
    sceneOf,
    moving,
    select(id) {
      keys.end();
      if (id !== bench.object?.id) bench.select(id);
    },
    onBegin: drawFrame,
    onEnd: announce,
    onTwice: reset,
  });
  const keys = createFrameKeys(bench, frame, { moving, sceneOf, placementOf, pointers, onStep: announce });

  // A click on an object that is in the picture selects it.
  view.addEventListener('click', ({ clientX, clientY, target: clicked }) => {
    if (!bench.document || !SHOWN.has(stage.mode) || clicked.closest('button, [data-part]')) return;
    const at = stage.toPicture(clientX, clientY);
    const found = bench.document.objects.findLast(({ id, mask, visible }) => {
      const shape = mask && visible && stage.shape(id);
      if (!shape) return false;
      const [x, y] = [Math.floor(at.x * shape.width), Math.floor(at.y * shape.height)];
      const [left, top, right, bottom] = shape.box;
      if (x < left || y < top || x >= right || y >= bottom) return false;
      return shape.matte[(y - top) * (right - left) + x - left] > 127;
    });
    if (found && found.id !== bench.object?.id) bench.select(found.id);
  });
  frame.root.querySelector('.wb-place-flip').addEventListener('click', flip);
  const remember = () => {
    for (const { id, cutout, placement: first } of bench.document?.objects ?? [])
      if (cutout && first && !firsts.has(id + cutout)) firsts.set(id + cutout, first);
    drawFrame();
  };
  for (const name of ['document', 'files', 'drawn']) bench.on(name, remember);
  for (const name of ['selection', 'view']) bench.on(name, drawFrame);
  bench.keys('[', 'Turn the object to the left', () => nudge('['));
  bench.keys(']', 'Turn the object to the right', () => nudge(']'));
  bench.keys('f', 'Mirror the object', flip);
  bench.keys('Arrow keys', 'Move the object that has the focus; with Shift farther', () => {});
};
