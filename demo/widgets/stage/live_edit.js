// Draws a composite with its edit while a strength slider moves, before the picture of the server arrives.
// It renders curves and shading as model/edit/render.py does.
const find = (name) => element.querySelector(name);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const STRENGTHS = '#strength-curves input, #strength-light input';
const LIVE_SIDE = 1100; // pixels: as many as a browser recolours between two frames
let live = null;

const strengths = () =>
  [...document.querySelectorAll(STRENGTHS)]
    .filter((input) => input.type === 'range')
    .map((input) => Number(input.value));
const pixelsOf = (image, width, height) => {
  const sheet = Object.assign(document.createElement('canvas'), { width, height });
  const pen = sheet.getContext('2d', { willReadFrequently: true });
  pen.drawImage(image, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
};
// Returns the log-gain of every pixel: bilinear, half-pixel centres, constant beyond the outermost centres.
const gainsOf = (grid, width, height) => {
  const along = (count, cells) =>
    Array.from({ length: count }, (_, k) => {
      const position = clamp(((k + 0.5) * cells) / count - 0.5, 0, cells - 1),
        below = Math.min(Math.floor(position), Math.max(cells - 2, 0));
      return [below, Math.min(below + 1, cells - 1), position - below];
    });
  const rows = along(height, grid.length),
    columns = along(width, grid[0].length),
    gains = new Float32Array(width * height);
  rows.forEach(([up, down, v], y) => {
    columns.forEach(([left, right, h], x) => {
      const top = grid[up][left] * (1 - h) + grid[up][right] * h,
        bottom = grid[down][left] * (1 - h) + grid[down][right] * h;
      gains[y * width + x] = top * (1 - v) + bottom * v;
    });
  });
  return gains;
};
const prepare = async (value) => {
  const mask = new Image();
  mask.src = value.mask;
  await Promise.all([mask.decode(), find('.stage-before').decode()]);
  const scale = Math.min(1, LIVE_SIDE / Math.max(mask.naturalWidth, mask.naturalHeight));
  const width = Math.max(1, Math.round(mask.naturalWidth * scale)),
    height = Math.max(1, Math.round(mask.naturalHeight * scale));
  const matte = pixelsOf(mask, width, height).data,
    touched = [];
  for (let k = 0; k < width * height; k += 1) if (matte[4 * k]) touched.push(k);
  const sheet = Object.assign(find('.stage-live'), { width, height });
  return {
    value,
    sheet,
    before: pixelsOf(find('.stage-before'), width, height),
    matte,
    touched: Uint32Array.from(touched),
    gains: gainsOf(value.edit.shading, width, height),
  };
};
const tableOf = (curve, strength) => {
  let last = 0;
  const knots = curve.map((y, k) => {
    const x = k / (curve.length - 1);
    last = Math.max(last, clamp(x + strength * (y - x), 0, 1));
    return last;
  });
  return Float32Array.from({ length: 256 }, (_, level) => {
    const position = (level / 255) * (knots.length - 1),
      below = Math.min(Math.floor(position), knots.length - 2);
    return 255 * (knots[below] + (position - below) * (knots[below + 1] - knots[below]));
  });
};
const paintLive = ([colour, light]) => {
  const { before, matte, touched, gains, sheet, value } = live,
    from = before.data;
  const tables = ['red', 'green', 'blue'].map((name) => tableOf(value.edit.curves[name], colour / 100));
  const picture = new ImageData(new Uint8ClampedArray(from), before.width, before.height),
    to = picture.data;
  for (const k of touched) {
    const gain = Math.exp((gains[k] * light) / 100),
      m = matte[4 * k] / 255;
    for (let c = 0; c < 3; c += 1) {
      const level = from[4 * k + c];
      to[4 * k + c] = level + m * (Math.min(255, tables[c][level] * gain) - level);
    }
  }
  sheet.getContext('2d').putImageData(picture, 0, 0);
  sheet.hidden = false;
};
let scheduled = false;
const followStrength = async () => {
  if (scheduled || !drawn.edit || !element.isConnected) return;
  scheduled = true;
  try {
    if (live?.value.before !== drawn.before || live.value.mask !== drawn.mask) live = await prepare(drawn);
    await new Promise(requestAnimationFrame);
    if (drawn.edit && live.value.before === drawn.before) paintLive(strengths());
  } catch {
    /* the picture of the server arrives in any case */
  }
  scheduled = false;
};
document.addEventListener('input', (event) => {
  if (event.target.matches?.(STRENGTHS)) followStrength();
});
