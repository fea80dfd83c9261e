// Computes where the picture lies in the view: fitted, then magnified and moved. Pure functions.
import { clamp } from '../clamp.js';

const MOST = 8; // times the size that fits

// Returns {left, top, width, height, scale} in CSS pixels; scale: CSS pixels per pixel of the picture.
// state: {zoom, x, y}: magnification and shift from the centre; the shift is kept where no empty border shows.
export const frameOf = (view, picture, state) => {
  const fit = Math.min(view.width / picture.width, view.height / picture.height);
  const scale = fit * state.zoom;
  const [width, height] = [picture.width * scale, picture.height * scale];
  const [slackX, slackY] = [Math.max(0, (width - view.width) / 2), Math.max(0, (height - view.height) / 2)];
  const [x, y] = [clamp(state.x, -slackX, slackX), clamp(state.y, -slackY, slackY)];
  return {
    left: (view.width - width) / 2 + x,
    top: (view.height - height) / 2 + y,
    width,
    height,
    scale,
    x,
    y,
    fit,
  };
};

// Returns the largest zoom: four screen pixels for a pixel of the picture, and at least eight times the size that fits.
export const mostZoom = (fit, pixelRatio) => Math.max(MOST, 4 / (fit * pixelRatio));

// Returns the state after zooming by which the point (x, y), from the centre of the view, keeps its place.
export const zoomed = (state, zoom, x = 0, y = 0) => {
  const by = zoom / state.zoom;
  return { ...state, zoom, x: x - (x - state.x) * by, y: y - (y - state.y) * by };
};

// Returns the middle of a matte and its left and right edge, in fractions of the width of the picture.
export const middleOf = ({ box, matte, width }) => {
  const wide = box[2] - box[0];
  let [sum, weighted] = [0, 0];
  for (let k = 0; k < matte.length; k += 1) {
    sum += matte[k];
    weighted += matte[k] * ((k % wide) + 0.5);
  }
  const middle = sum ? weighted / sum : wide / 2;
  return { middle: (box[0] + middle) / width, left: box[0] / width, right: box[2] / width };
};
