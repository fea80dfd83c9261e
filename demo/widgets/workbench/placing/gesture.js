// Computes the placement from pointers that move. Pure functions; all points are in pixels of the picture.
import { changed, cornersOf, middleOf, pinched, snappedTurn } from './geometry.js';

const minus = (p, q) => [p[0] - q[0], p[1] - q[1]];
const dot = (p, q) => p[0] * q[0] + p[1] * q[1];
const angleOf = ([x, y]) => Math.atan2(y, x);

// Describes a gesture at its start. part: 'body', 'corner' or 'turn'; points: of the pointers, one or two; corner: 0-3 as in `cornersOf`.
// scene: {picture, cutout, bounds}.
export const begun = (part, from, points, scene, corner = 0) => {
  const { picture, cutout, bounds } = scene;
  const pivot =
    part === 'corner'
      ? cornersOf(from, picture, cutout, bounds)[(corner + 2) % 4]
      : middleOf(from, picture, cutout, bounds);
  return { part, from, points, pivot };
};

// Returns the placement with the pointers at other points. coarse: Shift is pressed.
export const placed = ({ part, from, points, pivot }, now, picture, coarse) => {
  if (now.length > 1) {
    const { pivot: middle, ...change } = pinched(points, now);
    return changed(from, picture, middle, change);
  }
  const [before, after] = [minus(points[0], pivot), minus(now[0], pivot)];
  if (part === 'corner') {
    const factor = Math.max(0.02, dot(after, before) / Math.max(1e-6, dot(before, before)));
    return changed(from, picture, pivot, { factor });
  }
  if (part === 'turn') {
    const turn = snappedTurn(from.angle, angleOf(after) - angleOf(before), coarse);
    return changed(from, picture, pivot, { turn });
  }
  return changed(from, picture, pivot, { move: minus(now[0], points[0]) });
};

const GROW = 1.02;
const TURN = Math.PI / 180;
const LARGE = 10; // times, with Shift

// Returns the placement after a key, or null where the key means nothing. step: pixels of the picture for one of the screen.
export const keyed = (placement, key, large, { picture, cutout, bounds }, step) => {
  const by = large ? LARGE : 1;
  const move = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  }[key];
  const factor = { '+': GROW, '=': GROW, '*': GROW, '-': 1 / GROW, _: 1 / GROW }[key];
  const turn = { '[': -TURN, '{': -TURN, ']': TURN, '}': TURN }[key];
  const change = {
    ...(move && { move: move.map((value) => value * by * step) }),
    ...(factor && { factor: factor ** (large ? 5 : 1) }),
    ...(turn && { turn: turn * by }),
  };
  if (!Object.keys(change).length) return null;
  return changed(placement, picture, middleOf(placement, picture, cutout, bounds), change);
};
