// Computes where a cut-out lies. Pure functions.
// A placement is {x, y, scale, angle, flip}: the centre of the cut-out in fractions of the picture, its width in fractions of the width of
// the picture, radians clockwise, mirrored left to right before it is turned. picture, cutout: {width, height} in their own pixels.
// bounds: [left, top, right, bottom] of what is visible of the cut-out, in fractions of it. A matrix is [a, b, c, d, e, f] as in CSS.
import { clamp } from '../clamp.js';

const SMALLEST = 0.01; // of the width of the picture
const LARGEST = 8;
const SNAP = Math.PI / 120; // within 1.5° of a right angle a turn stops there
const STEP = Math.PI / 12; // with Shift, a turn stops at every 15°
const INSIDE = 0.25; // of the visible box stays in the picture, on each side

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// Returns the angle between -π and π.
export const wrapped = (angle) => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));

// Maps pixels of the cut-out to pixels of the picture.
export const matrixOf = ({ x, y, scale, angle, flip }, picture, cutout) => {
  const size = (scale * picture.width) / cutout.width;
  const [cos, sin] = [size * Math.cos(angle), size * Math.sin(angle)];
  const mirror = flip ? -1 : 1;
  const [a, b, c, d] = [mirror * cos, mirror * sin, -sin, cos];
  const [u, v] = [cutout.width / 2, cutout.height / 2];
  return [a, b, c, d, x * picture.width - a * u - c * v, y * picture.height - b * u - d * v];
};

export const applied = ([a, b, c, d, e, f], [x, y]) => [a * x + c * y + e, b * x + d * y + f];

export const inverse = ([a, b, c, d, e, f]) => {
  const det = a * d - b * c;
  return [d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det];
};

// Returns the matrix that applies `second` after `first`.
export const combined = (second, first) => {
  const [a, b] = applied([...second.slice(0, 4), 0, 0], [first[0], first[1]]);
  const [c, d] = applied([...second.slice(0, 4), 0, 0], [first[2], first[3]]);
  return [a, b, c, d, ...applied(second, [first[4], first[5]])];
};

// Returns the corners of the visible box in pixels of the picture: top left, top right, bottom right, bottom left of the cut-out.
export const cornersOf = (placement, picture, cutout, [left, top, right, bottom]) => {
  const matrix = matrixOf(placement, picture, cutout);
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ].map(([u, v]) => applied(matrix, [u * cutout.width, v * cutout.height]));
};

// Returns the middle of the visible box in pixels of the picture.
export const middleOf = (placement, picture, cutout, bounds) => {
  const [first, , third] = cornersOf(placement, picture, cutout, bounds);
  return [(first[0] + third[0]) / 2, (first[1] + third[1]) / 2];
};

// Turns, scales and moves about a point that is given in pixels of the picture.
export const changed = (placement, picture, pivot, { factor = 1, turn = 0, move = [0, 0] }) => {
  const scale = clamp(placement.scale * factor, SMALLEST, LARGEST);
  const by = scale / placement.scale;
  const [cos, sin] = [by * Math.cos(turn), by * Math.sin(turn)];
  const [x, y] = [placement.x * picture.width - pivot[0], placement.y * picture.height - pivot[1]];
  return {
    ...placement,
    x: (pivot[0] + cos * x - sin * y + move[0]) / picture.width,
    y: (pivot[1] + sin * x + cos * y + move[1]) / picture.height,
    scale,
    angle: wrapped(placement.angle + turn),
  };
};

// Mirrors the cut-out; the middle of what is visible keeps its place, and so does its angle.
export const flipped = (placement, picture, cutout, bounds) => {
  const before = middleOf(placement, picture, cutout, bounds);
  const turned = { ...placement, flip: !placement.flip };
  const after = middleOf(turned, picture, cutout, bounds);
  return changed(turned, picture, after, { move: [before[0] - after[0], before[1] - after[1]] });
};

// Returns the turn with which the angle stops at a right angle that is near, or, with `coarse`, at the nearest 15°.
export const snappedTurn = (angle, turn, coarse) => {
  const step = coarse ? STEP : Math.PI / 2;
  const aim = Math.round((angle + turn) / step) * step;
  return coarse || Math.abs(aim - angle - turn) < SNAP ? aim - angle : turn;
};

// Moves the cut-out back so far that a quarter of its visible box, and at least `least` pixels, lie in the picture on each side.
export const caught = (placement, picture, cutout, bounds, least = 0) => {
  const corners = cornersOf(placement, picture, cutout, bounds);
  const back = ['width', 'height'].map((side, axis) => {
    const places = corners.map((corner) => corner[axis]);
    const [low, high] = [Math.min(...places), Math.max(...places)];
    const inside = Math.min(Math.max(INSIDE * (high - low), Math.min(least, high - low)), picture[side] / 2);
    return Math.max(0, inside - high) - Math.max(0, low + inside - picture[side]);
  });
  return changed(placement, picture, [0, 0], { move: back });
};

// Returns the placement of a cut-out that was never moved: its visible part in the middle, at most half as wide and as high as the picture.
export const startOf = (picture, cutout, bounds = [0, 0, 1, 1]) => {
  const plain = { x: 0.5, y: 0.5, scale: cutout.width / picture.width, angle: 0, flip: false };
  const [low, , high] = cornersOf(plain, picture, cutout, bounds);
  const fit = Math.min(1, picture.width / 2 / (high[0] - low[0]), picture.height / 2 / (high[1] - low[1]));
  const scaled = changed(plain, picture, [0, 0], { factor: fit });
  const [x, y] = middleOf(scaled, picture, cutout, bounds);
  return changed(scaled, picture, [x, y], { move: [picture.width / 2 - x, picture.height / 2 - y] });
};

// Returns the two-finger change between two pairs of points: {factor, turn, move} about the middle of the first pair.
export const pinched = ([a0, b0], [a1, b1]) => {
  const [before, after] = [
    [b0[0] - a0[0], b0[1] - a0[1]],
    [b1[0] - a1[0], b1[1] - a1[1]],
  ];
  const pivot = [(a0[0] + b0[0]) / 2, (a0[1] + b0[1]) / 2];
  return {
    pivot,
    factor: Math.hypot(...after) / Math.max(1e-6, Math.hypot(...before)),
    turn: wrapped(Math.atan2(after[1], after[0]) - Math.atan2(before[1], before[0])),
    move: [(a1[0] + b1[0]) / 2 - pivot[0], (a1[1] + b1[1]) / 2 - pivot[1]],
  };
};

export const percent = (value) => `${Math.round(100 * value)} %`;
export const degrees = (angle) => Math.round((180 * angle) / Math.PI) || 0;

// Returns a placement in words.
export const inWords = ({ x, y, scale, angle, flip }) => {
  const [left, top, wide, turned] = [percent(x), percent(y), percent(scale), `${degrees(angle)}°`];
  return flip
    ? `${left} from the left, ${top} from the top, ${wide} wide, turned ${turned}, mirrored`
    : `${left} from the left, ${top} from the top, ${wide} wide, turned ${turned}`;
};
