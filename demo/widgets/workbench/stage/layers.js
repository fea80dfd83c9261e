// Draws every object of the document on a canvas of its own, as large as its box, and again only where something changed.
import { createPlacer, maskAt, pixelsOf, sheet } from '../drawing/pictures.js';
import { coloursOf, crop, darken, gains, meet, overlay, paint, paste, shadowOf } from '../drawing/pixels.js';

const put = (canvas, box, size) => {
  const [left, top, right, bottom] = box;
  Object.assign(canvas.style, {
    left: `${(100 * left) / size.width}%`,
    top: `${(100 * top) / size.height}%`,
    width: `${(100 * (right - left)) / size.width}%`,
    height: `${(100 * (bottom - top)) / size.height}%`,
  });
};

// Returns a box grown by the reach of a shadow.
const grown = (box, shadow, { width, height }) => {
  const side = Math.max(width, height);
  const soft = 3 * shadow.softness * side + 2;
  const [dx, dy] = [shadow.x * side, shadow.y * side];
  return [
    Math.max(0, Math.floor(box[0] + Math.min(0, dx - soft))),
    Math.max(0, Math.floor(box[1] + Math.min(0, dy - soft))),
    Math.min(width, Math.ceil(box[2] + Math.max(0, dx + soft))),
    Math.min(height, Math.ceil(box[3] + Math.max(0, dy + soft))),
  ];
};

// Returns pixels of a box in a larger box, 0 around them.
const inLarger = (pixels, box, larger, channels) => {
  const wide = (box[2] - box[0]) * channels;
  const width = (larger[2] - larger[0]) * channels;
  const out = new pixels.constructor(width * (larger[3] - larger[1]));
  for (let y = 0; y < box[3] - box[1]; y += 1) {
    const to = (y + box[1] - larger[1]) * width + (box[0] - larger[0]) * channels;
    out.set(pixels.subarray(y * wide, (y + 1) * wide), to);
  }
  return out;
};

const sameMap = (a, b) =>
  a.length === b.length &&
  a.every((row, y) => row.length === b[y].length && row.every((value, x) => value === b[y][x]));

const withShadow = (shape, shadow, size) => {
  const box = grown(shape.box, shadow, size);
  const matte = inLarger(shape.matte, shape.box, box, 1);
  const darkness = shadowOf(
    matte,
    box[2] - box[0],
    box[3] - box[1],
    shadow,
    Math.max(size.width, size.height),
  );
  const placed = shape.placed && inLarger(shape.placed, shape.box, box, 4);
  return { ...shape, box, matte, darkness, placed };
};

// groups: {raw, after, mask}, the elements that hold the canvases. imageOf: see pictures.js.
export const createLayers = (groups, imageOf) => {
  const kept = new Map(); // id of an object -> its layer
  const place = createPlacer();
  let size = { width: 1, height: 1 };
  let base = null;

  const layerOf = (id) => {
    if (!kept.has(id)) {
      const canvases = Object.entries(groups).map(([name, group]) => {
        const canvas = document.createElement('canvas');
        canvas.dataset.object = id;
        group.append(canvas);
        return [name, canvas];
      });
      kept.set(id, { canvases: Object.fromEntries(canvases), keys: {} });
    }
    return kept.get(id);
  };
  const remove = (id) => {
    for (const canvas of Object.values(kept.get(id).canvases)) canvas.remove();
    kept.delete(id);
  };
  // Returns where an object is and its matte, at the size of the drawing; null while its picture is loading.
  const shapeOf = (object, layer, files) => {
    const image = imageOf(files[object.cutout ?? object.mask]);
    if (!image) return null;
    const spot = JSON.stringify([image.src, object.placement, size]);
    if (layer.keys.spot !== spot) {
      layer.keys.spot = spot;
      layer.plain = object.cutout ? place(image, object.placement, size) : maskAt(image, size);
    }
    const key = spot + JSON.stringify(object.shadow);
    if (layer.keys.shape !== key) {
      layer.keys.shape = key;
      layer.shape = object.shadow ? withShadow(layer.plain, object.shadow, size) : layer.plain;
    }
    return layer.shape;
  };
  const lookOf = (object, layer) => {
    if (!object.edit) return null;
    if (layer.edit !== object.edit || layer.lookBox !== layer.shape.box) {
      const { shading } = object.edit;
      // A gain for each pixel takes as long as the painting, and a change of curves leaves the light as it is.
      const lit = layer.look && layer.lookBox === layer.shape.box && sameMap(layer.edit.shading, shading);
      layer.look = {
        ...coloursOf(object.edit),
        gains: lit ? layer.look.gains : gains(shading, size.width, size.height, layer.shape.box),
      };
      layer.edit = object.edit;
      layer.lookBox = layer.shape.box;
    }
    return { ...layer.look, opacity: object.opacity };
  };
  const compute = (object, layer, below) => {
    const { box, matte, placed, darkness } = layer.shape;
    const pixels = crop(base, size.width, box, 4);
    for (const other of below)
      if (meet(box, other.shape.box)) overlay(pixels, box, other.pixels, other.shape.box);
    if (darkness) darken(pixels, darkness);
    const look = lookOf(object, layer);
    if (placed) paste(pixels, placed, look);
    else if (look) paint(pixels, matte, look);
    for (let k = 0; k < matte.length; k += 1) pixels[4 * k + 3] = matte[k] || darkness?.[k] ? 255 : 0;
    return pixels;
  };
  const show = (canvas, pixels, box) => {
    const [width, height] = [box[2] - box[0], box[3] - box[1]];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
    put(canvas, box, size);
  };
  const showRaw = ({ canvases, plain }) => {
    const [width, height] = [plain.box[2] - plain.box[0], plain.box[3] - plain.box[1]];
    Object.assign(canvases.raw, { width, height });
    if (plain.canvas) canvases.raw.getContext('2d').drawImage(plain.canvas, 0, 0);
    put(canvases.raw, plain.box, size);
  };
  const drawObject = (object, layer, below, dirty) => {
    const key = JSON.stringify([object.opacity, object.visible, layer.keys.shape]);
    const changed = layer.keys.drawn !== key || layer.drawnEdit !== object.edit;
    if (!changed && !dirty.some((box) => meet(box, layer.shape.box))) return;
    if (layer.drawnBox) dirty.push(layer.drawnBox);
    dirty.push(layer.shape.box);
    if (object.cutout && layer.keys.raw !== layer.keys.spot) {
      layer.keys.raw = layer.keys.spot;
      showRaw(layer);
    }
    layer.pixels = compute(object, layer, below);
    show(layer.canvases.after, layer.pixels, layer.shape.box);
    Object.assign(layer, { drawnEdit: object.edit, drawnBox: layer.shape.box });
    layer.keys.drawn = key;
  };
  const drawMask = ({ canvases, plain, keys }) => {
    if (keys.mask === keys.spot) return;
    keys.mask = keys.spot;
    const pixels = new Uint8ClampedArray(4 * plain.matte.length);
    plain.matte.forEach((value, k) => {
      pixels.set([232, 68, 58, 0.6 * value], 4 * k);
    });
    show(canvases.mask, pixels, plain.box);
  };
  return {
    get size() {
      return size;
    },
    // Sets the picture below all objects. side: pixels of its longer side in the drawing.
    setBase(image, side) {
      const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
      const of = (length) => Math.max(1, Math.round(length * scale));
      size = { width: of(image.naturalWidth), height: of(image.naturalHeight) };
      base = pixelsOf(image, size.width, size.height);
      for (const id of [...kept.keys()]) remove(id);
    },
    // Draws the document; returns true when all of it was there.
    draw({ objects }, files, withMasks) {
      const ids = new Set(objects.map((object) => object.id));
      for (const id of [...kept.keys()]) if (!ids.has(id)) remove(id);
      const below = [];
      const dirty = [];
      let whole = true;
      objects.forEach((object, order) => {
        const layer = layerOf(object.id);
        for (const canvas of Object.values(layer.canvases)) {
          canvas.style.zIndex = order;
          canvas.hidden = !object.visible || !layer.shape;
        }
        if (!shapeOf(object, layer, files)) {
          whole = false;
          return;
        }
        for (const canvas of Object.values(layer.canvases)) canvas.hidden = !object.visible;
        layer.canvases.raw.hidden ||= !object.cutout;
        if (withMasks) drawMask(layer);
        if (!object.visible && layer.keys.hidden !== layer.keys.shape) dirty.push(layer.shape.box);
        layer.keys.hidden = object.visible ? '' : layer.keys.shape;
        if (!object.visible) return;
        drawObject(object, layer, below, dirty);
        below.push(layer);
      });
      return whole;
    },
    // Returns {box, matte, width, height} of an object at the size of the drawing, and `placed` for a cut-out; null while it is loading.
    shape(id) {
      const plain = kept.get(id)?.plain;
      return plain ? { ...plain, ...size } : null;
    },
    // Returns what `shape` is made of: the same object as long as nothing moves.
    plain: (id) => kept.get(id)?.plain ?? null,
    // Returns the pixels of an object before its edit: {colours: RGBA, matte, width, height} of its box.
    pixels(id) {
      const plain = kept.get(id)?.plain;
      if (!plain || !base) return null;
      const [width, height] = [plain.box[2] - plain.box[0], plain.box[3] - plain.box[1]];
      return {
        colours: plain.placed ?? crop(base, size.width, plain.box, 4),
        matte: plain.matte,
        width,
        height,
      };
    },
    // Returns the whole drawing as a canvas: for tests and for pictures of other parts.
    flat() {
      const { canvas, pen } = sheet(size.width, size.height);
      pen.putImageData(new ImageData(new Uint8ClampedArray(base), size.width, size.height), 0, 0);
      for (const { canvases, drawnBox } of [...kept.values()].sort(
        (a, b) => a.canvases.after.style.zIndex - b.canvases.after.style.zIndex,
      ))
        if (drawnBox && !canvases.after.hidden) pen.drawImage(canvases.after, drawnBox[0], drawnBox[1]);
      return canvas;
    },
  };
};
