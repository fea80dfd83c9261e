// Mixes and applies edits for an object that moves. Pure functions on arrays.
import { clamp } from '../clamp.js';
import { changed } from '../drawing/pixels.js';
import { between, unmixed } from '../edit/colour_matrix.js';

const LATTICE = 48; // points to a side at which the light is computed; between them it is linear

const mixed = (a, b, t) => a.map((value, k) => value + t * (b[k] - value));

const alike = (a, b) =>
  a.curves.red.length === b.curves.red.length &&
  a.shading.length === b.shading.length &&
  a.shading[0].length === b.shading[0].length;

// Returns the edit at t, 0-1, between two edits: a at 0, b at 1. Curves and maps of different sizes are not mixed.
export const mixedEdit = (a, b, t) => {
  if (t >= 1 || !a || !alike(a, b)) return b;
  if (t <= 0) return a;
  return {
    ...b,
    curves: Object.fromEntries(
      ['red', 'green', 'blue'].map((name) => [name, mixed(a.curves[name], b.curves[name], t)]),
    ),
    shading: a.shading.map((row, k) => mixed(row, b.shading[k], t)),
    ...(a.matrix || b.matrix ? { matrix: between(a.matrix ?? unmixed(), b.matrix ?? unmixed(), t) } : {}),
  };
};

// Returns the logarithm of the gain of a map at a place, in fractions of the picture: bilinear, half-pixel centres.
export const gainAt = (shading, x, y) => {
  const [rows, columns] = [shading.length, shading[0].length];
  const [u, v] = [clamp(x * columns - 0.5, 0, columns - 1), clamp(y * rows - 0.5, 0, rows - 1)];
  const [left, top] = [
    Math.min(Math.floor(u), Math.max(columns - 2, 0)),
    Math.min(Math.floor(v), Math.max(rows - 2, 0)),
  ];
  const [right, bottom] = [Math.min(left + 1, columns - 1), Math.min(top + 1, rows - 1)];
  const [h, w] = [u - left, v - top];
  const upper = shading[top][left] * (1 - h) + shading[top][right] * h;
  const lower = shading[bottom][left] * (1 - h) + shading[bottom][right] * h;
  return upper * (1 - w) + lower * w;
};

// Returns the gains at (LATTICE + 1)² points of a sprite. matrix: fractions of the sprite to fractions of the picture.
export const latticeOf = (shading, [a, b, c, d, e, f]) => {
  const points = new Float32Array((LATTICE + 1) ** 2);
  for (let row = 0, k = 0; row <= LATTICE; row += 1)
    for (let column = 0; column <= LATTICE; column += 1, k += 1) {
      const [x, y] = [column / LATTICE, row / LATTICE];
      points[k] = Math.exp(gainAt(shading, a * x + c * y + e, b * x + d * y + f));
    }
  return points;
};

// Writes the colours of a sprite: C + opacity·(edit(C) − C). from, to: RGBA, not premultiplied; alpha is kept.
// look: {tables, matrix} of `coloursOf` of drawing/pixels.js, the lattice of `latticeOf`, and the opacity.
export const recolour = (from, to, { width, height }, look) => {
  const { lattice, opacity } = look;
  const colour = new Float64Array(3);
  const line = new Float32Array(LATTICE + 2);
  for (let y = 0, at = 0; y < height; y += 1) {
    const v = ((y + 0.5) / height) * LATTICE;
    const top = Math.min(Math.floor(v), LATTICE - 1);
    for (let k = 0; k <= LATTICE; k += 1) {
      const above = lattice[top * (LATTICE + 1) + k];
      line[k] = above + (v - top) * (lattice[(top + 1) * (LATTICE + 1) + k] - above);
    }
    for (let x = 0; x < width; x += 1, at += 4) {
      if (!from[at + 3]) continue;
      const u = ((x + 0.5) / width) * LATTICE;
      const left = u | 0;
      const gain = line[left] + (u - left) * (line[left + 1] - line[left]);
      changed(colour, look, from, at, gain);
      for (let c = 0; c < 3; c += 1)
        to[at + c] = from[at + c] + opacity * (clamp(colour[c], 0, 255) - from[at + c]);
    }
  }
};
