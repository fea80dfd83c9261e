// Finds the visible part of a cut-out: its box, and whether a point of it is visible.
import { pixelsOf } from '../drawing/pictures.js';
import { boxOf, channelOf } from '../drawing/pixels.js';

const SIDE = 256; // pixels of the longer side at which transparency is read
const VISIBLE = 24; // alpha, of 255

const read = (image) => {
  const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
  const [width, height] = [image.naturalWidth, image.naturalHeight].map((side) =>
    Math.max(1, Math.round(scale * side)),
  );
  const alpha = channelOf(pixelsOf(image, width, height), 3);
  const [left, top, right, bottom] = boxOf(alpha, width, height) ?? [0, 0, width, height];
  return {
    bounds: [left / width, top / height, right / width, bottom / height],
    // u, v: fractions of the cut-out.
    isVisible(u, v) {
      const [x, y] = [Math.floor(u * width), Math.floor(v * height)];
      return x >= 0 && y >= 0 && x < width && y < height && alpha[y * width + x] >= VISIBLE;
    },
  };
};

// Returns `shapeOf(image)`: {bounds, isVisible}, computed once for each picture.
export const createShapes = () => {
  const kept = new WeakMap();
  return (image) => {
    if (!kept.has(image)) kept.set(image, read(image));
    return kept.get(image);
  };
};
