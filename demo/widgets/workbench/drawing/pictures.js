// Loads the views of files and draws parts of them into arrays.
import { boxOf, channelOf, crop } from './pixels.js';

export const sheet = (width, height) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  return { canvas, pen: canvas.getContext('2d', { willReadFrequently: true }) };
};

export const pixelsOf = (image, width, height) => {
  const { pen } = sheet(width, height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height).data;
};

// Returns `imageOf(facts)`: the decoded view, or null while it is loading; `loaded` is called when it is there.
export const createImages = (loaded) => {
  const images = new Map();
  return (facts) => {
    if (!facts) return null;
    if (!images.has(facts.view)) {
      const image = new Image();
      const entry = { image, ready: false };
      images.set(facts.view, entry);
      image.src = facts.view;
      image
        .decode()
        .then(() => {
          entry.ready = true;
          loaded();
        })
        .catch(() => images.delete(facts.view)); // asked for again with the next drawing
    }
    const { image, ready } = images.get(facts.view);
    return ready ? image : null;
  };
};

// Returns {box, matte} of a mask at the size of the drawing; box null for an empty mask.
export const maskAt = (image, { width, height }) => {
  const whole = channelOf(pixelsOf(image, width, height), 0);
  const box = boxOf(whole, width, height) ?? [0, 0, 1, 1];
  return { box, matte: crop(whole, width, box, 1) };
};

// Returns the corners' box of a cut-out in the picture, cut off at its edges; null where nothing of it is inside.
const placedBox = (place, wide, tall, { width, height }) => {
  const [cos, sin] = [Math.abs(Math.cos(place.angle)), Math.abs(Math.sin(place.angle))];
  const [halfX, halfY] = [(wide * cos + tall * sin) / 2, (wide * sin + tall * cos) / 2];
  const [x, y] = [place.x * width, place.y * height];
  const box = [
    Math.max(0, Math.floor(x - halfX) - 1),
    Math.max(0, Math.floor(y - halfY) - 1),
    Math.min(width, Math.ceil(x + halfX) + 1),
    Math.min(height, Math.ceil(y + halfY) + 1),
  ];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
};

// Draws a cut-out where it is placed: {box, placed}, placed: RGBA of the box, not premultiplied. The source is made smaller once, so that
// drawing it again while it moves costs little.
export const createPlacer = () => {
  const sources = new Map();
  const sourceOf = (image, wide) => {
    const kept = sources.get(image);
    if (kept && kept.width >= wide && kept.width <= 2 * wide) return kept;
    const width = Math.min(image.naturalWidth, Math.max(1, Math.ceil(1.4 * wide)));
    const height = Math.max(1, Math.round((width * image.naturalHeight) / image.naturalWidth));
    const { canvas, pen } = sheet(width, height);
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(image, 0, 0, width, height);
    sources.set(image, canvas);
    return canvas;
  };
  return (image, place, size) => {
    const wide = place.scale * size.width;
    const tall = (wide * image.naturalHeight) / image.naturalWidth;
    const box = placedBox(place, wide, tall, size);
    if (!box) return { box: [0, 0, 1, 1], placed: new Uint8ClampedArray(4), matte: new Uint8Array(1) };
    const { canvas, pen } = sheet(box[2] - box[0], box[3] - box[1]);
    pen.translate(place.x * size.width - box[0], place.y * size.height - box[1]);
    pen.rotate(place.angle);
    pen.scale(place.flip ? -1 : 1, 1);
    pen.drawImage(sourceOf(image, wide), -wide / 2, -tall / 2, wide, tall);
    const placed = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    return { box, placed, matte: channelOf(placed, 3), canvas };
  };
};
