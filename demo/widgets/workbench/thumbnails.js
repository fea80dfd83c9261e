// Draws an object with an edit as a small picture, after a pause: many small pictures must not slow down a drag.

import { createPlacer, sheet } from './pictures.js';
import { gains, paint, paste, tablesOf } from './pixels.js';

const [WIDTH, HEIGHT] = [184, 138];
const MARGIN = 0.15; // of the object, around it
const PAUSE = 180; // milliseconds

// Returns the part of a picture around a box, in the shape of a thumbnail: {x, y, width, height} in pixels.
export const regionOf = (box, size) => {
  const [wide, tall] = [(box[2] - box[0]) * (1 + 2 * MARGIN), (box[3] - box[1]) * (1 + 2 * MARGIN)];
  const scale = Math.max(wide / WIDTH, tall / HEIGHT);
  const fit = Math.min(1, size.width / (scale * WIDTH), size.height / (scale * HEIGHT));
  const [width, height] = [scale * WIDTH * fit, scale * HEIGHT * fit];
  const within = (centre, length, all) => Math.min(Math.max(0, centre - length / 2), all - length);
  return {
    x: within((box[0] + box[2]) / 2, width, size.width),
    y: within((box[1] + box[3]) / 2, height, size.height),
    width,
    height,
  };
};

export const createThumbnails = (bench, layers, imageOf) => {
  const place = createPlacer();
  const waiting = new Map(); // canvas -> {object, edit}
  let timer = 0;

  const drawPart = (image, region, size) => {
    const { pen } = sheet(WIDTH, HEIGHT);
    const by = image.naturalWidth / size.width;
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(
      image,
      region.x * by,
      region.y * by,
      region.width * by,
      region.height * by,
      0,
      0,
      WIDTH,
      HEIGHT,
    );
    return pen.getImageData(0, 0, WIDTH, HEIGHT).data;
  };
  const placedPart = (image, placement, region, size) => {
    const { canvas, box } = place(image, placement, size);
    const { pen } = sheet(WIDTH, HEIGHT);
    pen.scale(WIDTH / region.width, HEIGHT / region.height);
    if (canvas) pen.drawImage(canvas, box[0] - region.x, box[1] - region.y);
    return pen.getImageData(0, 0, WIDTH, HEIGHT).data;
  };
  const draw = (canvas, { object, edit }) => {
    const plain = layers.plain(object.id);
    const base = imageOf(bench.files[bench.document.background]);
    const image = imageOf(bench.files[object.mask ?? object.cutout]);
    if (!plain || !base || !image) return;
    const { size } = layers;
    const region = regionOf(plain.box, size);
    const by = WIDTH / region.width;
    const box = [Math.round(region.x * by), Math.round(region.y * by)];
    const look = {
      tables: tablesOf(edit),
      gains: gains(edit.shading, Math.round(size.width * by), Math.round(size.height * by), [
        ...box,
        box[0] + WIDTH,
        box[1] + HEIGHT,
      ]),
      opacity: 1,
    };
    const pixels = drawPart(base, region, size);
    if (object.cutout) paste(pixels, placedPart(image, object.placement, region, size), look);
    else {
      const mask = drawPart(image, region, { width: size.width, height: size.height });
      paint(
        pixels,
        Uint8Array.from({ length: WIDTH * HEIGHT }, (_, k) => mask[4 * k]),
        look,
      );
    }
    Object.assign(canvas, { width: WIDTH, height: HEIGHT });
    canvas.getContext('2d').putImageData(new ImageData(pixels, WIDTH, HEIGHT), 0, 0);
  };
  return (canvas, object, edit) => {
    waiting.set(canvas, { object, edit });
    clearTimeout(timer);
    timer = setTimeout(() => {
      const all = [...waiting];
      waiting.clear();
      for (const [target, given] of all) draw(target, given);
    }, PAUSE);
  };
};
