// A dialog that finds and paints the mask of an object. Offers `bench.ask('mask', {picture, mask})`: picture and mask are ids of files, mask
// null for a new object. It returns the facts of the mask's file, or null where the visitor stops.
import { maskGestures } from './mask_gestures.js';
import { createMaskLayer } from './mask_layer.js';
import { drawMarks, HINTS, MARKUP, TOOL_KEYS } from './mask_markup.js';
import { createMaskView } from './mask_view.js';

const MOST_SIDE = 1600; // pixels of the mask that is painted
const DOT = 7; // CSS pixels: the pointer of tools without a size

const loaded = async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
};
const canvasOf = (width, height) => Object.assign(document.createElement('canvas'), { width, height });

// Returns a byte for each pixel of a mask's picture at a size.
const levelsOf = (image, { width, height }) => {
  const pen = canvasOf(width, height).getContext('2d', { willReadFrequently: true });
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, 0, 0, width, height);
  return Uint8Array.from(
    { length: width * height },
    function level(_, at) {
      return this[4 * at];
    },
    pen.getImageData(0, 0, width, height).data,
  );
};

// Returns a mask as a PNG file: white is the object.
const fileOf = ({ data, width, height }) => {
  const canvas = canvasOf(width, height);
  const pixels = new ImageData(width, height);
  for (let at = 0; at < data.length; at += 1) {
    pixels.data.fill(data[at], 4 * at, 4 * at + 3);
    pixels.data[4 * at + 3] = 255;
  }
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(new File([blob], 'mask.png', { type: 'image/png' })), 'image/png');
  });
};

const build = (bench, root) => {
  const dialog = document.createElement('dialog');
  dialog.className = 'mask-dialog';
  dialog.setAttribute('aria-label', 'Mask of the object');
  dialog.innerHTML = MARKUP;
  root.append(dialog);
  const find = (name) => dialog.querySelector(name);
  const now = { tool: 'add', picture: null, layer: null, place: null, box: null, request: null, done: null };
  const view = createMaskView(find('.mask-view'), () => marks());
  const value = (name) => Number(find(`[name=${name}]`).value);
  const paints = () => now.tool === 'brush' || now.tool === 'eraser';
  const note = (text, bad = false) => {
    find('.mask-note').textContent = text;
    find('.mask-note').classList.toggle('mask-bad', bad);
  };
  const marks = () =>
    view.frame &&
    drawMarks(find('svg'), view.frame, {
      box: now.box,
      place: now.tool === 'move' ? null : now.place,
      radius: paints() ? value('size') / 2 : DOT,
    });
  const buttons = () => {
    const steps = now.layer?.steps ?? { undo: 0, redo: 0 };
    find('[data-do=undo]').disabled = !steps.undo;
    find('[data-do=redo]').disabled = !steps.redo;
    for (const name of ['refine', 'use'])
      find(`[data-do=${name}]`).disabled = !now.layer || now.layer.isEmpty;
  };
  const choose = (tool) => {
    now.tool = tool;
    for (const button of dialog.querySelectorAll('[data-tool]'))
      button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
    dialog.dataset.tool = tool;
    note(HINTS[tool]);
    marks();
  };
  const setBusy = (text) => {
    dialog.dataset.busy = text ? 'yes' : 'no';
    if (text) note(text);
  };

  // Returns the id of a file that is the mask as it is now.
  const sent = async (signal) => {
    const { layer } = now;
    if (layer.mask.file) return layer.mask.file;
    const facts = await bench.server.upload(await fileOf(layer.mask), 'mask', () => {}, { signal });
    bench.addFiles({ [facts.id]: facts });
    if (!signal.aborted) layer.mask.file = facts.id;
    return facts.id;
  };
  // Runs one request to the server; a later one stops it.
  const run = async (text, work) => {
    now.request?.abort();
    const mine = new AbortController();
    now.request = mine;
    setBusy(text);
    try {
      await work(mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) note(error.message, true);
    } finally {
      if (now.request === mine) {
        now.request = null;
        setBusy(null);
        buttons();
      }
    }
  };
  const search = (text, wanted, keepMask = false) =>
    run(text, async (signal) => {
      const mask = keepMask && !now.layer.isEmpty ? await sent(signal) : null;
      const body = { file: now.picture, ...wanted, ...(mask && { mask }) };
      const facts = await bench.server.post('/masks', body, { signal });
      const image = await loaded(facts.view);
      if (signal.aborted) return;
      bench.addFiles({ [facts.id]: facts });
      now.layer.replace(levelsOf(image, now.layer.mask), facts.id);
      note(`Found by ${facts.about}. Add or remove parts, or use it as it is.`);
    });
  const close = (facts) => {
    now.request?.abort();
    const { done } = now;
    now.done = null;
    if (dialog.open) dialog.close();
    done?.(facts);
  };
  const actions = {
    main: () => search('Finding the main object…', {}),
    refine: () => search('Finding hair and soft edges…', { refine: true }, true),
    invert: () => now.layer.invert(),
    clear: () => now.layer.clear(),
    undo: () => now.layer.undo(),
    redo: () => now.layer.redo(),
    fit: () => view.zoomTo(1),
    'zoom-in': () => view.zoomBy(1.5),
    'zoom-out': () => view.zoomBy(1 / 1.5),
    close: () => close(null),
    use: () =>
      run('Sending the mask…', async (signal) => {
        const id = await sent(signal);
        if (!signal.aborted) close(bench.files[id]);
      }),
  };
  const act = (name) => {
    const waits = ['invert', 'clear', 'undo', 'redo'].includes(name);
    if (!now.layer) {
      if (name === 'close') close(null);
      return;
    }
    if (waits) now.request?.abort();
    actions[name]();
    buttons();
  };
  const toMask = ({ x, y }) => ({ x: x * view.width, y: y * view.height });
  maskGestures(find('.mask-view'), view, () => now.tool, {
    point: ({ x, y }, keep) =>
      now.layer &&
      (keep || !now.layer.isEmpty) &&
      search(keep ? 'Adding this part…' : 'Removing this part…', { points: [[x, y, keep]] }, true),
    box: (box) => now.layer && search('Finding the object…', { box }),
    stroke: (a, b) => {
      now.request?.abort();
      now.layer?.stroke(toMask(a), toMask(b), {
        radius: Math.max(0.5, (value('size') / 2) * view.density),
        feather: value('feather') / 100,
        erase: now.tool === 'eraser',
      });
    },
    end: () => {
      now.layer?.endStroke();
      buttons();
    },
    cancel: () => {
      now.layer?.endStroke();
      now.layer?.undo();
    },
    hover: (place) => {
      now.place = place;
      marks();
    },
    boxing: (box) => {
      now.box = box;
      marks();
    },
  });
  dialog.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button?.dataset.tool) choose(button.dataset.tool);
    else if (button) act(button.dataset.do);
  });
  const KEYS = {
    m: 'main',
    f: 'refine',
    i: 'invert',
    0: 'fit',
    '+': 'zoom-in',
    '=': 'zoom-in',
    '-': 'zoom-out',
  };
  dialog.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && key === 'z') act(event.shiftKey ? 'redo' : 'undo');
    else if (command && key === 'y') act('redo');
    else if (command || event.altKey) return;
    else if (key in TOOL_KEYS) choose(TOOL_KEYS[key]);
    else if (key === '[' || key === ']') {
      find('[name=size]').value = value('size') * (key === ']' ? 1.2 : 1 / 1.2);
      marks();
    } else if (key in KEYS) act(KEYS[key]);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    close(null);
  });
  dialog.addEventListener('input', marks);

  return async (picture, mask) => {
    const facts = bench.files[picture];
    const scale = Math.min(1, MOST_SIDE / Math.max(facts.width, facts.height));
    const [width, height] = [facts.width, facts.height].map((side) => Math.max(1, Math.round(side * scale)));
    Object.assign(now, { picture, layer: null, place: null, box: null });
    dialog.showModal();
    find('.mask-view').focus();
    view.open(facts.view, width, height, facts);
    choose(mask ? 'add' : 'box');
    buttons();
    const asked = new Promise((resolve) => {
      now.done = resolve;
    });
    const layer = createMaskLayer(width, height, (box) => view.draw(layer.mask, box));
    const start = async () => {
      if (mask) layer.reset(levelsOf(await loaded(bench.files[mask].view), layer.mask), mask);
      now.layer = layer;
      buttons();
      note(HINTS[now.tool]);
    };
    run(mask ? 'Opening the mask…' : null, start);
    return asked;
  };
};

export const maskDialog = (bench, root) => {
  let open = null;
  bench.offer('mask', ({ picture, mask }) => {
    open ??= build(bench, root);
    return open(picture, mask);
  });
};
