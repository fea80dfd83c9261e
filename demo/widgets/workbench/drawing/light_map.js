// Computes shading maps: strokes of a soft brush, and a light direction from the shape of a matte. Pure functions.
// A map covers the whole picture, rows first; its values are natural logarithms of gains.

import { clamp } from '../clamp.js';
import { along } from './pixels.js';

const LONGER_SIDE = 96; // cells
const STEP = 0.35; // of the radius of a brush, between two dabs

// Returns the number of columns and rows of a map for a picture of this size.
export const gridSize = (width, height) => {
  const scale = LONGER_SIDE / Math.max(width, height);
  return { width: Math.max(2, Math.round(width * scale)), height: Math.max(2, Math.round(height * scale)) };
};

// Returns {data, width, height} of a matte: the alpha (or grey) of a drawing of it on the grid, 0-1.
export const matteGrid = (drawn, channel = 3) => ({
  data: Float32Array.from(
    { length: drawn.width * drawn.height },
    (_, k) => drawn.data[4 * k + channel] / 255,
  ),
  width: drawn.width,
  height: drawn.height,
});

// Returns a map at another size: bilinear, half-cell centres, constant beyond the outermost centres.
export const resampled = (grid, width, height) => {
  const columns = along(width, grid[0].length);
  return along(height, grid.length).map(([up, down, v]) =>
    columns.map(([left, right, h]) => {
      const top = grid[up][left] * (1 - h) + grid[up][right] * h;
      const bottom = grid[down][left] * (1 - h) + grid[down][right] * h;
      return top * (1 - v) + bottom * v;
    }),
  );
};

// Returns a map with strokes: {points: [[x, y]…] in 0-1 of the picture, size: radius in cells of the longer side / LONGER_SIDE,
// amount: log-gain of a full stroke}. A stroke does not add up where it crosses itself.
export const paintStrokes = (strokes, width, height) => {
  const map = new Float32Array(width * height);
  for (const stroke of strokes) {
    const cover = strokeCover(stroke, width, height);
    for (let k = 0; k < map.length; k += 1) map[k] += stroke.amount * cover[k];
  }
  return map;
};

const strokeCover = ({ points, size }, width, height) => {
  const cover = new Float32Array(width * height);
  const radius = Math.max(size * Math.max(width, height), 0.75);
  dabs(points, radius, width, height).forEach(([x, y]) => {
    const [left, right] = [Math.max(0, Math.floor(x - radius)), Math.min(width - 1, Math.ceil(x + radius))];
    const [top, bottom] = [Math.max(0, Math.floor(y - radius)), Math.min(height - 1, Math.ceil(y + radius))];
    for (let row = top; row <= bottom; row += 1)
      for (let column = left; column <= right; column += 1) {
        const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y) / radius;
        const soft = distance < 1 ? (1 - distance * distance) ** 2 : 0;
        const k = row * width + column;
        if (soft > cover[k]) cover[k] = soft;
      }
  });
  return cover;
};

// Returns the centres of the dabs along a stroke, in cells.
const dabs = (points, radius, width, height) => {
  const cells = points.map(([x, y]) => [x * width, y * height]);
  const all = cells.slice(0, 1);
  for (let k = 1; k < cells.length; k += 1) {
    const [[x0, y0], [x1, y1]] = [cells[k - 1], cells[k]];
    const count = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / (STEP * radius)));
    for (let step = 1; step <= count; step += 1)
      all.push([x0 + ((x1 - x0) * step) / count, y0 + ((y1 - y0) * step) / count]);
  }
  return all;
};

// Returns a map with three passes of a box mean, which is close to a Gaussian; radius in cells.
const blurred = (data, width, height, radius) => {
  let from = data;
  for (let pass = 0; pass < 3; pass += 1)
    from = boxMean(boxMean(from, width, height, radius, 1, width), height, width, radius, width, 1);
  return from;
};

// Returns means along one axis; the map is continued by its edges.
const boxMean = (data, count, lines, radius, step, stride) => {
  const out = new Float32Array(data.length);
  for (let line = 0; line < lines; line += 1) {
    const value = (k) => data[line * stride + clamp(k, 0, count - 1) * step];
    let sum = 0;
    for (let k = -radius; k <= radius; k += 1) sum += value(k);
    for (let k = 0; k < count; k += 1) {
      out[line * stride + k * step] = sum / (2 * radius + 1);
      sum += value(k + radius + 1) - value(k - radius);
    }
  }
  return out;
};

// Returns the centre, the radius (both in cells) and the area of a matte.
const shapeOf = ({ data, width }) => {
  let [area, x, y] = [0, 0, 0];
  for (let k = 0; k < data.length; k += 1) {
    area += data[k];
    x += data[k] * ((k % width) + 0.5);
    y += data[k] * (Math.floor(k / width) + 0.5);
  }
  return { area, x: x / area, y: y / area, radius: Math.sqrt(area / Math.PI) };
};

// Returns a map in which the side of the object that faces a light is brighter and the other side darker, with a mean of 0 over the matte.
// puck: x, y: where the light is, from the centre of the object, in -1 to 1 (right and down are positive); strength: largest log-gain;
// softness: 0 (a narrow edge) to 1 (an even ramp). The shape is taken for a rounded body: the blurred matte is its height.
export const lightFromPuck = ({ x, y, strength, softness }, matte) => {
  const { data, width, height } = matte;
  const shape = shapeOf(matte);
  const map = new Float32Array(data.length);
  const reach = Math.min(1, Math.hypot(x, y));
  if (!(shape.area > 0) || reach === 0) return map;
  const [dx, dy] = [x / Math.hypot(x, y), y / Math.hypot(x, y)];
  const body = blurred(data, width, height, Math.max(1, Math.round(shape.radius * (0.15 + 0.35 * softness))));
  const value = (column, row) => body[clamp(row, 0, height - 1) * width + clamp(column, 0, width - 1)];
  let [mean, most] = [0, 0];
  for (let k = 0; k < map.length; k += 1) {
    const [column, row] = [k % width, Math.floor(k / width)];
    const edge =
      -(value(column + 1, row) - value(column - 1, row)) * dx -
      (value(column, row + 1) - value(column, row - 1)) * dy;
    const ramp = ((column + 0.5 - shape.x) * dx + (row + 0.5 - shape.y) * dy) / shape.radius;
    map[k] = (1 - softness) * edge * shape.radius + softness * clamp(ramp, -1.5, 1.5);
    mean += (data[k] * map[k]) / shape.area;
  }
  for (let k = 0; k < map.length; k += 1) {
    map[k] -= mean;
    if (data[k] > 0.5) most = Math.max(most, Math.abs(map[k]));
  }
  for (let k = 0; k < map.length; k += 1)
    map[k] = most ? (strength * reach * clamp(map[k], -most, most)) / most : 0;
  return map;
};
