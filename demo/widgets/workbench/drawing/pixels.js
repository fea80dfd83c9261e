// Computes the picture of a document from decoded pixels, as model/edit/render.py does. Pure functions on arrays.
// Colours are levels 0-255; a box is [left, top, right, bottom] in pixels, right and bottom excluded.
import { clamp } from '../clamp.js';

// Returns the output, 0-255 and not rounded, for each of the 256 input levels.
export const table = (curve) =>
  Float32Array.from({ length: 256 }, (_, level) => {
    const position = (level / 255) * (curve.length - 1);
    const below = Math.min(Math.floor(position), curve.length - 2);
    return 255 * (curve[below] + (position - below) * (curve[below + 1] - curve[below]));
  });

// Returns what an edit does to colours, as `changed` takes it: tables of the curves, and the matrix in levels, row by row, or null.
export const coloursOf = ({ curves, matrix }) => ({
  tables: ['red', 'green', 'blue'].map((name) => table(curves[name])),
  matrix: matrix ? Float64Array.from(matrix.flatMap(([r, g, b, added]) => [r, g, b, 255 * added])) : null,
});

// Writes a colour after tables, matrix and gain, not clipped, into `out`. look: of `coloursOf`; at: where the colour is in `picture`.
export const changed = (out, { tables, matrix }, picture, at, gain) => {
  const r = tables[0][picture[at]];
  const g = tables[1][picture[at + 1]];
  const b = tables[2][picture[at + 2]];
  if (matrix) {
    out[0] = gain * (matrix[0] * r + matrix[1] * g + matrix[2] * b + matrix[3]);
    out[1] = gain * (matrix[4] * r + matrix[5] * g + matrix[6] * b + matrix[7]);
    out[2] = gain * (matrix[8] * r + matrix[9] * g + matrix[10] * b + matrix[11]);
  } else {
    out[0] = gain * r;
    out[1] = gain * g;
    out[2] = gain * b;
  }
};

// Returns [cell before, cell after, weight of the latter] for the pixels from `first` to `end` of `count` along a side.
export const along = (count, cells, first = 0, end = count) =>
  Array.from({ length: end - first }, (_, k) => {
    const position = clamp(((first + k + 0.5) * cells) / count - 0.5, 0, cells - 1);
    const below = Math.min(Math.floor(position), Math.max(cells - 2, 0));
    return [below, Math.min(below + 1, cells - 1), position - below];
  });

// Returns the gain of every pixel of a box, by rows: exp of the map, bilinear, half-pixel centres, constant beyond the outermost centres.
// width, height: the size of the whole picture, which the map covers.
export const gains = (shading, width, height, box = [0, 0, width, height]) => {
  const columns = along(width, shading[0].length, box[0], box[2]);
  const rows = along(height, shading.length, box[1], box[3]);
  const wide = box[2] - box[0];
  const out = new Float32Array(wide * rows.length);
  const across = shading.map((row) => {
    const line = new Float32Array(wide);
    for (let x = 0; x < wide; x += 1) {
      const [left, right, h] = columns[x];
      line[x] = row[left] * (1 - h) + row[right] * h;
    }
    return line;
  });
  rows.forEach(([up, down, v], y) => {
    const [upper, lower] = [across[up], across[down]];
    for (let x = 0; x < wide; x += 1) out[y * wide + x] = Math.exp(upper[x] * (1 - v) + lower[x] * v);
  });
  return out;
};

// Recolours in place: level + matte·opacity·(clip(F(level)) − level). picture: RGBA, of an array that clips; matte: 0-255;
// look: {tables, matrix, gains, opacity}.
export const paint = (picture, matte, look) => {
  const part = look.opacity / 255;
  const colour = new Float64Array(3);
  for (let k = 0, at = 0; k < matte.length; k += 1, at += 4) {
    if (!matte[k]) continue;
    const m = matte[k] * part;
    changed(colour, look, picture, at, look.gains[k]);
    if (m === 1) {
      picture[at] = colour[0]; // the array clips
      picture[at + 1] = colour[1];
      picture[at + 2] = colour[2];
      continue;
    }
    picture[at] += m * (clamp(colour[0], 0, 255) - picture[at]);
    picture[at + 1] += m * (clamp(colour[1], 0, 255) - picture[at + 1]);
    picture[at + 2] += m * (clamp(colour[2], 0, 255) - picture[at + 2]);
  }
};

// Puts placed colours over a picture, in place: I·(1 − a) + a·(C + opacity·(edit(C) − C)). placed: RGBA, not premultiplied.
// look: as in `paint`, or null where nothing is edited.
export const paste = (picture, placed, look) => {
  const colour = new Float64Array(3);
  for (let k = 0, at = 0; at < placed.length; k += 1, at += 4) {
    const alpha = placed[at + 3] / 255;
    if (!alpha) continue;
    if (look) changed(colour, look, placed, at, look.gains[k]);
    for (let c = 0; c < 3; c += 1) {
      const level = placed[at + c];
      const own = look ? level + look.opacity * (clamp(colour[c], 0, 255) - level) : level;
      picture[at + c] += alpha * (own - picture[at + c]);
    }
  }
};

// Darkens a picture in place: levels·(1 − darkness). darkness: 0-1 for every pixel.
export const darken = (picture, darkness) => {
  for (let k = 0, at = 0; k < darkness.length; k += 1, at += 4) {
    if (!darkness[k]) continue;
    const left = 1 - darkness[k];
    picture[at] *= left;
    picture[at + 1] *= left;
    picture[at + 2] *= left;
  }
};

// Returns the alpha or grey of every pixel: 0-255.
export const channelOf = (picture, channel) => {
  const out = new Uint8Array(picture.length / 4);
  for (let k = 0; k < out.length; k += 1) out[k] = picture[4 * k + channel];
  return out;
};

// Returns the box of the pixels above 0, or null where there are none.
export const boxOf = (matte, width, height) => {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, k = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, k += 1)
      if (matte[k]) {
        if (x < left) left = x;
        if (x >= right) right = x + 1;
        if (y < top) top = y;
        bottom = y + 1;
      }
  return right ? [left, top, right, bottom] : null;
};

export const meet = (a, b) => a && b && a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// Returns a part of a matte or of RGBA pixels; `channels` is 1 or 4.
export const crop = (pixels, width, box, channels) => {
  const wide = (box[2] - box[0]) * channels;
  const out = new pixels.constructor(wide * (box[3] - box[1]));
  for (let y = box[1], to = 0; y < box[3]; y += 1, to += wide) {
    const from = (y * width + box[0]) * channels;
    out.set(pixels.subarray(from, from + wide), to);
  }
  return out;
};

// Copies the pixels of `from` (RGBA, in fromBox) that are not transparent over `to` (RGBA, in toBox).
export const overlay = (to, toBox, from, fromBox) => {
  const [left, right] = [Math.max(toBox[0], fromBox[0]), Math.min(toBox[2], fromBox[2])];
  const [top, bottom] = [Math.max(toBox[1], fromBox[1]), Math.min(toBox[3], fromBox[3])];
  for (let y = top; y < bottom; y += 1) {
    let source = 4 * ((y - fromBox[1]) * (fromBox[2] - fromBox[0]) + left - fromBox[0]);
    let target = 4 * ((y - toBox[1]) * (toBox[2] - toBox[0]) + left - toBox[0]);
    for (let x = left; x < right; x += 1, source += 4, target += 4)
      if (from[source + 3]) {
        to[target] = from[source];
        to[target + 1] = from[source + 1];
        to[target + 2] = from[source + 2];
      }
  }
};

// Returns three box means one after another, close to a Gaussian of this sigma. Outside of the array is 0.
export const blur = (values, width, height, sigma) => {
  const radius = Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2);
  if (radius < 1) return Float32Array.from(values);
  let from = Float32Array.from(values);
  for (let pass = 0; pass < 3; pass += 1) {
    from = boxMean(from, width, height, radius, 1, width);
    from = boxMean(from, height, width, radius, width, 1);
  }
  return from;
};

const boxMean = (from, count, lines, radius, step, stride) => {
  const out = new Float32Array(from.length);
  const share = 1 / (2 * radius + 1);
  for (let line = 0; line < lines; line += 1) {
    const start = line * stride;
    let sum = 0;
    for (let k = 0; k < Math.min(radius, count); k += 1) sum += from[start + k * step];
    for (let k = 0; k < count; k += 1) {
      if (k + radius < count) sum += from[start + (k + radius) * step];
      if (k - radius > 0) sum -= from[start + (k - radius - 1) * step];
      out[start + k * step] = sum * share;
    }
  }
  return out;
};

// Returns the darkness of a shadow for the pixels of a box: strength · blurred(shifted matte) · (1 − matte).
// matte: 0-255 in the same box; shadow: offsets and sigma in fractions of `side`, the longer side of the picture in pixels.
export const shadowOf = (matte, width, height, shadow, side) => {
  const [dx, dy] = [Math.round(shadow.x * side), Math.round(shadow.y * side)];
  const shifted = new Float32Array(matte.length);
  for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y += 1)
    for (let x = Math.max(0, dx); x < Math.min(width, width + dx); x += 1)
      shifted[y * width + x] = matte[(y - dy) * width + x - dx] / 255;
  const soft = blur(shifted, width, height, shadow.softness * side);
  for (let k = 0; k < soft.length; k += 1) soft[k] *= shadow.strength * (1 - matte[k] / 255);
  return soft;
};
