// Shows the visible part at its true resolution where the preview has too few pixels: the server draws it, before and after.
import { clamp } from '../clamp.js';

const QUIET = 250; // milliseconds without a change of view or document
const MOST = 2048; // pixels of a part's width
const SHORT = 1.05; // times as many pixels on the screen as in the preview ask for a part

// Returns the visible part of the picture, [left, top, right, bottom] in 0-1. frame: where the whole picture lies in the view.
export const visiblePart = (frame, view) => [
  clamp(-frame.left / frame.width, 0, 1),
  clamp(-frame.top / frame.height, 0, 1),
  clamp((view.width - frame.left) / frame.width, 0, 1),
  clamp((view.height - frame.top) / frame.height, 0, 1),
];

// Returns the document as it was before any edit.
const unedited = (document) => ({
  ...document,
  objects: document.objects.map((object) => ({ ...object, edit: null, answer: null, shadow: null })),
});

// Returns the document without what the picture does not depend on.
const drawnPart = (document) => ({
  ...document,
  objects: document.objects.map((object) => ({ ...object, answer: null, controls: null })),
});

const makeTile = (group) => {
  const tile = Object.assign(document.createElement('img'), { className: 'wb-tile', alt: '', hidden: true });
  group.append(tile);
  return {
    hide: () => {
      tile.hidden = true;
    },
    show: async (blob, [left, top, right, bottom]) => {
      const address = URL.createObjectURL(blob);
      tile.src = address;
      await tile.decode();
      URL.revokeObjectURL(address);
      Object.assign(tile.style, {
        left: `${100 * left}%`,
        top: `${100 * top}%`,
        width: `${100 * (right - left)}%`,
        height: `${100 * (bottom - top)}%`,
      });
      tile.hidden = false;
    },
  };
};

export const tiles = (bench, root) => {
  const { stage } = bench;
  const tile = {
    after: makeTile(root.querySelector('.wb-after')),
    before: makeTile(root.querySelector('.wb-raw')),
  };
  let timer = 0;
  let asking = null;
  let shown = {}; // the document and the box of the parts that are visible
  const stop = () => {
    asking?.abort();
    clearTimeout(timer);
  };
  const hide = () => {
    shown = {};
    tile.after.hide();
    tile.before.hide();
  };
  const wanted = () => {
    const file = bench.files[bench.document?.background];
    // Before the preview is there, its size says nothing, and a part would take its place on the line.
    if (!file || !stage.frame || !stage.imageOf(file)) return null;
    if (file.srgb && stage.drawn.width >= file.width) return null;
    const pixels = stage.frame.width * devicePixelRatio;
    // The arithmetic of the preview is right for sRGB alone: other pictures are shown by parts at any zoom.
    if (file.srgb && pixels < SHORT * stage.drawn.width) return null;
    const box = visiblePart(stage.frame, {
      width: stage.element.clientWidth,
      height: stage.element.clientHeight,
    });
    const part = box[2] - box[0];
    if (part <= 0 || box[3] <= box[1]) return null;
    return { box, width: Math.max(1, Math.round(Math.min(MOST, part * pixels, part * file.width))) };
  };
  const ask = async () => {
    const part = wanted();
    if (!part) {
      hide();
      return;
    }
    const now = bench.document;
    const box = part.box.join();
    if (shown.document === now && shown.box === box) return;
    asking = new AbortController();
    const { signal } = asking;
    const draw = async (document, target) => {
      const blob = await bench.server.post('/view', { document, ...part }, { signal });
      if (!signal.aborted) await target.show(blob, part.box);
    };
    try {
      await draw(drawnPart(now), tile.after);
      shown = { document: now, box };
      await draw(unedited(now), tile.before);
    } catch {
      /* the preview stays */
    }
  };
  const later = () => {
    stop();
    timer = setTimeout(ask, QUIET);
  };
  bench.on('view', later);
  bench.on('document', () => {
    if (bench.document !== shown.document) hide();
    later();
  });
};
