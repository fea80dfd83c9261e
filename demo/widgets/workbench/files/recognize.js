// Finds out what a file is: a picture, a mask or a cut-out. What a browser cannot decode is taken for a picture, and the server looks.
const SIDE = 160; // pixels: enough to see transparency and greys
const CLEAR = 0.02; // share of transparent pixels from which a picture is a cut-out
const TWO_TONE = 0.92; // share of black and white pixels from which a grey picture is a mask
const LOOKS = /\.(json|cube|acv|xmp)$/i;
const MANY = /\.zip$/i;
const MASK_NAME = /(^|[^a-z])(mask|matte|alpha)([^a-z]|$)/i;

// Returns 'picture', 'mask' or 'cutout' for RGBA pixels.
export const kindOfPixels = (pixels, name = '') => {
  const count = pixels.length / 4;
  let [clear, coloured, extreme] = [0, 0, 0];
  for (let k = 0; k < pixels.length; k += 4) {
    const [red, green, blue, alpha] = [pixels[k], pixels[k + 1], pixels[k + 2], pixels[k + 3]];
    if (alpha < 128) clear += 1;
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 8) coloured += 1;
    if (green < 16 || green > 239) extreme += 1;
  }
  if (clear >= CLEAR * count) return 'cutout';
  if (coloured > 0.002 * count) return 'picture';
  return extreme >= TWO_TONE * count || MASK_NAME.test(name) ? 'mask' : 'picture';
};

// Returns {file, kind, width, height, url}; width and height 0, and url '' where the browser cannot show the file.
// kind: as in `kindOfPixels`, or 'look', or 'many' for a zip.
export const recognize = async (file) => {
  if (LOOKS.test(file.name)) return { file, kind: 'look', width: 0, height: 0, url: '' };
  if (MANY.test(file.name)) return { file, kind: 'many', width: 0, height: 0, url: '' };
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    const scale = Math.min(1, SIDE / Math.max(width, height));
    const small = Object.assign(document.createElement('canvas'), {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    });
    const pen = small.getContext('2d', { willReadFrequently: true });
    pen.drawImage(bitmap, 0, 0, small.width, small.height);
    bitmap.close();
    const kind = kindOfPixels(pen.getImageData(0, 0, small.width, small.height).data, file.name);
    return { file, kind, width, height, url: small.toDataURL() };
  } catch {
    return { file, kind: 'picture', width: 0, height: 0, url: '' };
  }
};

// Returns true for files that are a batch: more than a picture with its mask or cut-out, or a zip.
export const isMany = (files) => files.length > 2 || files.some(({ name }) => MANY.test(name));

// Returns what to do with recognized files: {plan, …}. own: true where a picture of the visitor is open, false for an example or nothing.
export const planFor = (given, { own }) => {
  const of = (kind) => given.filter((one) => one.kind === kind);
  const [pictures, masks, cutouts] = [of('picture'), of('mask'), of('cutout')];
  if (of('look').length) return given.length === 1 ? { plan: 'look', look: given[0] } : { plan: 'too-many' };
  if (of('many').length || given.length > 2) return { plan: 'batch' };
  if (given.length === 1) {
    if (masks.length) return own ? { plan: 'mask', mask: masks[0] } : { plan: 'ask-mask', mask: masks[0] };
    if (cutouts.length)
      return own ? { plan: 'ask-cutout', cutout: cutouts[0] } : { plan: 'ask-alone', cutout: cutouts[0] };
    return { plan: 'open', picture: pictures[0] };
  }
  if (pictures.length === 1 && masks.length) return { plan: 'open', picture: pictures[0], mask: masks[0] };
  if (pictures.length === 1 && cutouts.length)
    return { plan: 'open', picture: pictures[0], cutout: cutouts[0] };
  if (cutouts.length === 1 && masks.length) return { plan: 'open', picture: cutouts[0], mask: masks[0] };
  return { plan: 'ask-which', given };
};
