// Shows a picture with its mask, zooms and moves it, and turns the pointer into places in the picture.
import { frameOf, mostZoom, zoomed } from '../stage/view.js';

const TINT = [232, 0, 255];
const MOST_ALPHA = 0.6;

// element: has an <img>, a <canvas> for the mask, and an <svg> for marks, in a `.mask-sheet`. `moved()` is called when zoom or place change.
export const createMaskView = (element, moved) => {
  const find = (name) => element.querySelector(name);
  const [sheet, image, canvas, marks] = ['.mask-sheet', 'img', 'canvas', 'svg'].map(find);
  const pen = canvas.getContext('2d');
  const state = { zoom: 1, x: 0, y: 0 };
  let size = { width: 3, height: 2 };
  let frame = null;

  const layOut = () => {
    frame = frameOf({ width: element.clientWidth, height: element.clientHeight }, size, state);
    Object.assign(state, { x: frame.x, y: frame.y });
    Object.assign(sheet.style, {
      width: `${frame.width}px`,
      height: `${frame.height}px`,
      transform: `translate(${frame.left}px, ${frame.top}px)`,
    });
    marks.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`);
    moved();
  };
  new ResizeObserver(layOut).observe(element);
  const zoomTo = (zoom, at) => {
    const area = element.getBoundingClientRect();
    const next = Math.min(mostZoom(frame.fit, devicePixelRatio), Math.max(1, zoom));
    const from = at
      ? [at.clientX - area.left - area.width / 2, at.clientY - area.top - area.height / 2]
      : [0, 0];
    Object.assign(state, zoomed(state, next, ...from));
    layOut();
  };
  return {
    // Shows another picture. width, height: of the mask; pixels: of the picture itself, for true zoom.
    open(source, width, height, pixels) {
      image.src = source;
      Object.assign(canvas, { width, height });
      size = pixels;
      Object.assign(state, { zoom: 1, x: 0, y: 0 });
      layOut();
    },
    // Draws the pixels of a box of the mask again.
    draw({ data, width }, [left, top, right, bottom]) {
      const part = new ImageData(right - left, bottom - top);
      let at = 0;
      for (let y = top; y < bottom; y += 1)
        for (let x = left; x < right; x += 1) {
          [part.data[at], part.data[at + 1], part.data[at + 2]] = TINT;
          part.data[at + 3] = MOST_ALPHA * data[y * width + x];
          at += 4;
        }
      pen.putImageData(part, left, top);
    },
    // Returns a place in fractions of the picture, which may lie beyond it.
    at({ clientX, clientY }) {
      const area = element.getBoundingClientRect();
      return {
        x: (clientX - area.left - frame.left) / frame.width,
        y: (clientY - area.top - frame.top) / frame.height,
      };
    },
    // Pixels of the mask for a CSS pixel on the screen.
    get density() {
      return canvas.width / frame.width;
    },
    get width() {
      return canvas.width;
    },
    get height() {
      return canvas.height;
    },
    get frame() {
      return frame;
    },
    get zoom() {
      return state.zoom;
    },
    // Screen pixels for a pixel of the picture.
    get truth() {
      return frame.scale * devicePixelRatio;
    },
    get fit() {
      return frame.fit * devicePixelRatio;
    },
    zoomTo,
    zoomBy: (factor, at) => zoomTo(state.zoom * factor, at),
    moveBy(x, y) {
      Object.assign(state, { x: state.x + x, y: state.y + y });
      layOut();
    },
    layOut,
  };
};
