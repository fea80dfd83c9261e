// Draws the object that moves: one canvas, which CSS puts in its place, so that nothing below it is painted again.
import { sheet } from '../drawing/pictures.js';
import { blur, coloursOf } from '../drawing/pixels.js';
import { latticeOf, recolour } from './colours.js';
import { combined } from './geometry.js';

const MOST = 350_000; // pixels; more take too long to colour 30 times a second

const canvasIn = (group, id, order) => {
  const canvas = document.createElement('canvas');
  canvas.className = 'wb-sprite';
  canvas.dataset.sprite = id;
  canvas.style.zIndex = order;
  group.append(canvas);
  return canvas;
};

// Returns a canvas with the soft shadow of a sprite, with a border as wide as the blur. soft: sigma in pixels of the sprite.
const paintShadow = (canvas, { data, width, height }, soft, strength) => {
  const border = Math.ceil(3 * soft) + 1;
  const [wide, tall] = [width + 2 * border, height + 2 * border];
  const matte = new Float32Array(wide * tall);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      matte[(y + border) * wide + x + border] = data[4 * (y * width + x) + 3];
  const pixels = new ImageData(wide, tall);
  blur(matte, wide, tall, soft).forEach((value, k) => {
    pixels.data[4 * k + 3] = value * strength;
  });
  Object.assign(canvas, { width: wide, height: tall });
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  return border;
};

// image: the view of the cut-out; bounds: its visible box in fractions of it; wide: the width of the whole cut-out on the screen, in pixels
// of the screen. group, order: where the canvas goes. shadow: of the object, or null; side: the longer side of the picture on the screen.
export const createSprite = (image, { bounds, cutout, wide, group, id, order, shadow, side }) => {
  const [left, top] = [bounds[0] * image.naturalWidth, bounds[1] * image.naturalHeight];
  const [across, down] = [bounds[2] * image.naturalWidth - left, bounds[3] * image.naturalHeight - top];
  const scale = Math.min(1, wide / image.naturalWidth, Math.sqrt(MOST / (across * down)));
  const [width, height] = [Math.max(1, Math.round(across * scale)), Math.max(1, Math.round(down * scale))];
  const { pen: source } = sheet(width, height);
  source.imageSmoothingQuality = 'high';
  source.drawImage(image, left, top, across, down, 0, 0, width, height);
  const plain = source.getImageData(0, 0, width, height).data;
  const painted = new ImageData(new Uint8ClampedArray(plain), width, height);
  const dark = shadow && canvasIn(group, id, order);
  const canvas = canvasIn(group, id, order);
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext('2d');
  pen.putImageData(painted, 0, 0);
  const perPixel = (bounds[2] - bounds[0]) * (wide / width); // pixels of the screen for one of the sprite
  const border = dark && paintShadow(dark, painted, (shadow.softness * side) / perPixel, shadow.strength);

  // Pixels of the sprite to pixels of the cut-out.
  const inCutout = [
    ((bounds[2] - bounds[0]) * cutout.width) / width,
    0,
    0,
    ((bounds[3] - bounds[1]) * cutout.height) / height,
    bounds[0] * cutout.width,
    bounds[1] * cutout.height,
  ];
  const css = (matrix) => `matrix(${matrix.map((value) => value.toFixed(5)).join(',')})`;
  return {
    canvas,
    // Colours the object. edit: null for its own colours; matrix: pixels of the cut-out to pixels of the picture.
    colour(edit, opacity, matrix, picture) {
      if (edit) {
        const toPicture = combined(
          [1 / picture.width, 0, 0, 1 / picture.height, 0, 0],
          combined(matrix, inCutout),
        );
        const fractions = combined(toPicture, [width, 0, 0, height, 0, 0]);
        const lattice = latticeOf(edit.shading, fractions);
        recolour(plain, painted.data, { width, height }, { ...coloursOf(edit), lattice, opacity });
      } else painted.data.set(plain);
      pen.putImageData(painted, 0, 0);
    },
    // Moves the object. scale: pixels of the screen for one of the picture.
    put(matrix, scaleNow, pictureSide) {
      const whole = combined([scaleNow, 0, 0, scaleNow, 0, 0], combined(matrix, inCutout));
      canvas.style.transform = css(whole);
      if (!dark) return;
      const moved = combined(
        [1, 0, 0, 1, shadow.x * pictureSide * scaleNow, shadow.y * pictureSide * scaleNow],
        whole,
      );
      dark.style.transform = css(combined(moved, [1, 0, 0, 1, -border, -border]));
    },
    remove() {
      canvas.remove();
      dark?.remove();
    },
  };
};
