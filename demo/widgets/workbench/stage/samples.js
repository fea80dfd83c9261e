// Makes small pictures of an object for histograms and for light: computed once for each place of an object.
import { gridSize, matteGrid } from '../drawing/light_map.js';
import { createPlacer, pixelsOf } from '../drawing/pictures.js';

const MOST = 20_000; // pixels of a sample

export const createSamples = (bench, layers, imageOf) => {
  const place = createPlacer();
  const grids = new Map(); // id of an object -> {key, grid}
  const kept = new Map(); // id of an object -> {shape, sample}

  const drawGrid = (image, object, size) => {
    if (object.mask) return matteGrid({ data: pixelsOf(image, size.width, size.height), ...size }, 0);
    const { canvas, box } = place(image, object.placement, size);
    const pen = Object.assign(document.createElement('canvas'), size).getContext('2d');
    if (canvas) pen.drawImage(canvas, box[0], box[1]);
    return matteGrid(pen.getImageData(0, 0, size.width, size.height));
  };
  return {
    grid(object) {
      const background = bench.files[bench.document?.background];
      const image = imageOf(bench.files[object.mask ?? object.cutout]);
      if (!image || !background) return null;
      const size = gridSize(background.width, background.height);
      const key = JSON.stringify([image.src, object.placement, size]);
      if (grids.get(object.id)?.key !== key)
        grids.set(object.id, { key, grid: drawGrid(image, object, size) });
      return grids.get(object.id).grid;
    },
    of(id) {
      const shape = layers.plain(id);
      if (!shape) return null;
      if (kept.get(id)?.shape === shape) return kept.get(id).sample;
      const { colours, matte } = layers.pixels(id);
      const step = Math.max(1, Math.ceil(matte.length / MOST));
      const sample = new Uint8ClampedArray(4 * Math.ceil(matte.length / step));
      for (let k = 0, to = 0; k < matte.length; k += step, to += 4)
        sample.set([colours[4 * k], colours[4 * k + 1], colours[4 * k + 2], matte[k]], to);
      kept.set(id, { shape, sample });
      return sample;
    },
  };
};
