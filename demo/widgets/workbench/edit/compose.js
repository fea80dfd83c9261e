// Makes the edit of an object from the answer of the model and the controls of a person. Pure functions: no page, no server.
// All values are encoded, 0-1; a shading map holds natural logarithms of gains, rows first, as in model/edit.
import { clamp } from '../clamp.js';
import { lightFromPuck, paintStrokes, resampled } from '../drawing/light_map.js';
import { between, chained, isUnmixed, limited, partWay, saturationAndHue, unmixed } from './colour_matrix.js';

export const CHANNELS = ['red', 'green', 'blue'];
const KNOTS = 65; // four to each step of the network's 17 knots, so that its own knots stay exact
const MOST_STRENGTH = 1.5;

const decode = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const encode = (v) => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);

// Returns the controls that leave the answer as it is. Points are [input, offset from the answer].
export const neutral = () => ({
  curves: { rgb: [], red: [], green: [], blue: [] },
  exposure: 0, // stops
  warmth: 0, // -1 to 1
  tint: 0, // -1 (green) to 1 (magenta)
  contrast: 0, // -1 to 1
  saturation: 0, // -1 (grey) to 1 (twice)
  hue: 0, // degrees, -180 to 180, red towards yellow
  colour: 1, // strength of the curves and the colour matrix of the answer, 0-1.5
  light: 1, // strength of the shading map of the answer, 0-1.5
  paint: [], // strokes, see light_map.js
  puck: null, // a light, see light_map.js
});

export const identityEdit = (knots = 17, cells = 32) => {
  const line = Array.from({ length: knots }, (_, k) => k / (knots - 1));
  return {
    format: 'harmonylab-edit',
    version: 1,
    curves: Object.fromEntries(CHANNELS.map((name) => [name, [...line]])),
    shading: Array.from({ length: cells }, () => new Array(cells).fill(0)),
  };
};

// Returns a curve, given at evenly spaced knots, at one input.
export const at = (curve, x) => {
  const position = clamp(x, 0, 1) * (curve.length - 1);
  const below = Math.min(Math.floor(position), curve.length - 2);
  return curve[below] + (position - below) * (curve[below + 1] - curve[below]);
};

// Returns a curve that never falls: what lies below an earlier knot is raised to it.
const rising = (curve) => {
  let last = 0;
  return curve.map((y) => {
    last = Math.max(last, clamp(y, 0, 1));
    return last;
  });
};

// Returns a function through points by monotone cubic pieces (Fritsch and Carlson, 1980), constant beyond the outermost points.
export const through = (points) => {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  if (!sorted.length) return () => 0;
  const slope = sorted.slice(1).map(([x, y], k) => (y - sorted[k][1]) / Math.max(x - sorted[k][0], 1e-6));
  const tangent = sorted.map((_, k) => {
    const [left, right] = [slope[k - 1] ?? 0, slope[k] ?? 0];
    return left * right > 0 ? (2 * left * right) / (left + right) : 0;
  });
  return (x) => {
    if (x <= sorted[0][0]) return sorted[0][1];
    if (x >= sorted.at(-1)[0]) return sorted.at(-1)[1];
    const k = sorted.findIndex((point) => point[0] > x) - 1;
    const width = sorted[k + 1][0] - sorted[k][0];
    const t = (x - sorted[k][0]) / width;
    const [t2, t3] = [t * t, t * t * t];
    return (
      (2 * t3 - 3 * t2 + 1) * sorted[k][1] +
      (t3 - 2 * t2 + t) * width * tangent[k] +
      (3 * t2 - 2 * t3) * sorted[k + 1][1] +
      (t3 - t2) * width * tangent[k + 1]
    );
  };
};

// Returns the offset at every input for some points. The two ends stay where they are unless a point is there.
const offsetThrough = (points) => {
  if (!points.length) return () => 0;
  const inputs = points.map(([x]) => x);
  const ends = [0, 1].filter((x) => !inputs.includes(x)).map((x) => [x, 0]);
  return through([...points, ...ends]);
};

const isTouched = (controls) =>
  Boolean(controls.exposure || controls.warmth || controls.tint || controls.contrast) ||
  Object.values(controls.curves).some((points) => points.length);

// Returns the gain of a channel in linear light for exposure, warmth and tint: half a stop at the ends of warmth and tint.
const gainOf = (name, { exposure, warmth, tint }) =>
  2 ** (exposure + { red: warmth + tint / 2, green: -tint / 2, blue: tint / 2 - warmth }[name] / 2);

const weighted = (curve, strength) => {
  const share = clamp(strength, 0, MOST_STRENGTH);
  return rising(curve.map((y, k) => partWay(k / (curve.length - 1), y, share)));
};

// Returns a curve of the answer at the strength of the controls, without points and sliders: the thin line of the panel.
export const answerCurve = (answer, controls, name) => weighted(answer.curves[name], controls.colour);

const curveOf = (answer, controls, name) => {
  const base = answerCurve(answer, controls, name);
  if (!isTouched(controls)) return base;
  const gain = gainOf(name, controls);
  const offsets = [offsetThrough(controls.curves.rgb), offsetThrough(controls.curves[name])];
  return rising(
    Array.from({ length: KNOTS }, (_, k) => {
      const x = k / (KNOTS - 1);
      const lit = gain === 1 ? at(base, x) : clamp(encode(decode(at(base, x)) * gain), 0, 1);
      const shaped = lit + controls.contrast * lit * (1 - lit) * (2 * lit - 1);
      return shaped + offsets[0](x) + offsets[1](x);
    }),
  );
};

const matrixOf = (answer, controls) => {
  const own = between(unmixed(), answer.matrix ?? unmixed(), clamp(controls.colour, 0, MOST_STRENGTH));
  const { saturation, hue } = controls;
  return limited(saturation || hue ? chained(own, saturationAndHue(1 + saturation, hue)) : own);
};

const shadingOf = (answer, controls, matte) => {
  const strength = clamp(controls.light, 0, MOST_STRENGTH);
  const own = answer.shading.map((row) => row.map((gain) => gain * strength));
  if (!controls.paint.length && !(controls.puck && matte)) return own;
  const { width, height } = matte ?? { width: 96, height: 96 };
  const map = resampled(own, width, height);
  const added = [paintStrokes(controls.paint, width, height)];
  if (controls.puck && matte) added.push(lightFromPuck(controls.puck, matte));
  return map.map((row, y) =>
    row.map((gain, x) => Number(added.reduce((sum, more) => sum + more[y * width + x], gain).toFixed(4))),
  );
};

const complete = (controls) => ({
  ...neutral(),
  ...controls,
  curves: { ...neutral().curves, ...controls?.curves },
});

// Returns the curves of the edit alone, {red, green, blue}.
export const composeCurves = (answer, controls) => {
  const all = complete(controls);
  const base = answer ?? identityEdit();
  return Object.fromEntries(CHANNELS.map((name) => [name, curveOf(base, all, name)]));
};

// Returns the edit. matte: {data, width, height}, the object on a coarse grid over the picture (see `matteGrid` of light_map.js);
// without it a light direction changes nothing.
export const compose = (answer, controls, matte = null) => {
  const [base, all] = [answer ?? identityEdit(), complete(controls)];
  const matrix = matrixOf(base, all);
  return {
    format: 'harmonylab-edit',
    version: 1,
    curves: composeCurves(answer, controls),
    shading: shadingOf(base, all, matte),
    ...(isUnmixed(matrix) ? {} : { matrix }),
  };
};
