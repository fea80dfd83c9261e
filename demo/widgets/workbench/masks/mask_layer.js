// Holds a mask that is being edited: one byte a pixel, 255 on the object, with its history.
import { clamp } from '../clamp.js';

const MOST_BYTES = 128e6; // of the history
const LEAST_STEPS = 50; // kept whatever they need

// Returns how much of a brush a pixel gets, 0-1. distance: from the stroke, in pixels. feather: 0-1, the part of the radius that is soft.
export const brushShare = (distance, radius, feather) => {
  const core = radius * (1 - feather);
  const t = clamp((radius + 0.5 - distance) / Math.max(1, radius - core), 0, 1);
  return feather > 0 ? t * t * (3 - 2 * t) : t;
};

// Returns the pixels that a stroke from a to b can reach: [left, top, right, bottom], null beside the picture.
const reach = (a, b, radius, { width, height }) => {
  const box = [
    Math.max(0, Math.floor(Math.min(a.x, b.x) - radius - 1)),
    Math.max(0, Math.floor(Math.min(a.y, b.y) - radius - 1)),
    Math.min(width, Math.ceil(Math.max(a.x, b.x) + radius + 1)),
    Math.min(height, Math.ceil(Math.max(a.y, b.y) + radius + 1)),
  ];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
};

// Paints a straight stroke into a mask and returns the box that changed, or null. a, b: {x, y} in pixels.
// brush: {radius, feather, erase}; a soft brush never takes away what is there, and a soft eraser never adds.
export const paint = (mask, a, b, brush) => {
  const box = reach(a, b, brush.radius, mask);
  if (!box) return null;
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  for (let y = box[1]; y < box[3]; y += 1) {
    for (let x = box[0]; x < box[2]; x += 1) {
      const [px, py] = [x + 0.5 - a.x, y + 0.5 - a.y];
      const t = length ? clamp((px * dx + py * dy) / length, 0, 1) : 0;
      const share = brushShare(Math.hypot(px - t * dx, py - t * dy), brush.radius, brush.feather);
      const at = y * mask.width + x;
      const level = Math.round(255 * share);
      mask.data[at] = brush.erase ? Math.min(mask.data[at], 255 - level) : Math.max(mask.data[at], level);
    }
  }
  return box;
};

const joined = (a, b) =>
  a && b
    ? [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]
    : (a ?? b);

const cut = ({ data, width }, [left, top, right, bottom]) => {
  const part = new Uint8Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y += 1)
    part.set(data.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  return part;
};

const put = ({ data, width }, [left, top, right, bottom], part) => {
  for (let y = top; y < bottom; y += 1)
    data.set(part.subarray((y - top) * (right - left), (y - top + 1) * (right - left)), y * width + left);
};

// Makes an empty mask. `changed(box)` is called with the pixels that changed. `file`: the id of the file on the server that is this very
// mask; null after a stroke. A step keeps only the pixels that it changes.
export const createMaskLayer = (width, height, changed, mostBytes = MOST_BYTES) => {
  const mask = { width, height, data: new Uint8Array(width * height), file: null };
  const whole = [0, 0, width, height];
  let past = [];
  let future = [];
  let open = null; // a stroke that has not ended: {before, box}

  const trim = () => {
    let bytes = past.reduce((sum, { part }) => sum + part.length, 0);
    while (past.length > LEAST_STEPS && bytes > mostBytes) bytes -= past.shift().part.length;
  };
  const keep = (box, part, file) => {
    past.push({ box, part, file });
    future = [];
    trim();
  };
  const move = (from, to) => {
    const step = from.pop();
    if (!step) return false;
    to.push({ box: step.box, part: cut(mask, step.box), file: mask.file });
    put(mask, step.box, step.part);
    mask.file = step.file;
    changed(step.box);
    return true;
  };
  return {
    mask,
    get steps() {
      return { undo: past.length, redo: future.length };
    },
    get isEmpty() {
      return !mask.data.some((level) => level > 127);
    },
    // Replaces the mask without a step: this is where the history begins.
    reset(data, file = null) {
      mask.data.set(data);
      mask.file = file;
      past = [];
      future = [];
      changed(whole);
    },
    // Replaces the mask as one step. data: a byte for each pixel.
    replace(data, file = null) {
      keep(whole, mask.data.slice(), mask.file);
      mask.data.set(data);
      mask.file = file;
      changed(whole);
    },
    invert() {
      this.replace(mask.data.map((level) => 255 - level));
    },
    clear() {
      this.replace(new Uint8Array(width * height));
    },
    // Paints a part of a stroke; `endStroke` makes one step of all of them.
    stroke(a, b, brush) {
      open ??= { before: mask.data.slice(), box: null };
      const box = paint(mask, a, b, brush);
      open.box = joined(open.box, box);
      if (box) changed(box);
    },
    endStroke() {
      if (open?.box) {
        keep(open.box, cut({ data: open.before, width }, open.box), mask.file);
        mask.file = null;
      }
      open = null;
    },
    undo: () => move(past, future),
    redo: () => move(future, past),
  };
};
