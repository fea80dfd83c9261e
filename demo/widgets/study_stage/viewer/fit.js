// Computes the size in which both pictures of a pair are shown, from the space and the screen alone. Sizes are
// [width, height]; `pixels` are those of the screen, of which a CSS pixel has `ratio`.
const MOST_ENLARGED = 8;
const STEP_BETWEEN = 1.4; // from one zoom level to the next, at least

// Returns {size, pixels, factor}: the stored size to load, the pixels that it takes, and its whole enlargement (0
// where the browser has to reduce it). sizes: stored sizes, the largest first; space: in CSS pixels.
const fitted = (sizes, space, ratio) => {
  const room = space.map((length) => Math.max(1, Math.floor(length * ratio + 0.01)));
  const [full] = sizes;
  const factor = Math.min(Math.floor(room[0] / full[0]), Math.floor(room[1] / full[1]));
  if (factor >= 2) return { size: full, pixels: [full[0] * factor, full[1] * factor], factor };
  const fits = sizes.find(([width, height]) => width <= room[0] && height <= room[1]);
  if (fits) return { size: fits, pixels: fits, factor: 1 };
  const smallest = sizes[sizes.length - 1];
  const scale = Math.min(room[0] / smallest[0], room[1] / smallest[1]);
  return {
    size: smallest,
    pixels: smallest.map((length) => Math.max(1, Math.round(length * scale))),
    factor: 0,
  };
};
// Returns the levels of zoom, the first of which fits: stored sizes pixel for pixel, then whole enlargements.
const zoomLevels = (sizes, space, ratio) => {
  const levels = [fitted(sizes, space, ratio)];
  const [full] = sizes;
  const enlarged = Array.from({ length: MOST_ENLARGED }, (_, index) => index + 1);
  const all = [
    ...sizes
      .slice(1)
      .reverse()
      .map((size) => ({ size, pixels: size, factor: 1 })),
    ...enlarged.map((factor) => ({ size: full, pixels: [full[0] * factor, full[1] * factor], factor })),
  ];
  for (const level of all) {
    const real = level.size === full && level.factor === 1; // all pixels of the picture: never left out
    const last = levels[levels.length - 1].pixels[0];
    if (level.pixels[0] >= last * STEP_BETWEEN || (real && level.pixels[0] > last)) levels.push(level);
  }
  return levels;
};
// Returns where the picture lies in its frame, in pixels: around `centre` (0 to 1), without an empty margin.
const placed = (pixels, frame, centre) =>
  pixels.map((length, axis) => {
    const wanted = frame[axis] / 2 - centre[axis] * length;
    return Math.round(Math.min(0, Math.max(frame[axis] - length, wanted)));
  });
// Returns the centre after a change of the level, so that the point of the picture under `at` (0 to 1 of the frame)
// stays where it is. before, after: pixels of the picture; frames: [before, after].
const centreAround = (at, before, after, frames, centre) =>
  [0, 1].map((axis) => {
    const [old, now] = [frames[0][axis], frames[1][axis]];
    const point = (at[axis] * old - placed(before, frames[0], centre)[axis]) / before[axis];
    return Math.min(1, Math.max(0, point + (0.5 - at[axis]) * (now / after[axis])));
  });
