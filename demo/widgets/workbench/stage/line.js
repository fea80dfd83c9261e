// Moves the split line by itself. `put` takes its place, 0-1 of the picture's width, with every frame. No movement where people asked for none.
const SWEEP = 1100; // milliseconds
const GLIDE = 320; // milliseconds
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export const createLine = (put) => {
  let turn = 0;
  // at: the place at a time, 0-1, of a movement of so many milliseconds.
  const run = (duration, at) => {
    const mine = ++turn;
    if (still()) {
      put(at(1));
      return;
    }
    const begin = performance.now();
    const step = (now) => {
      if (mine !== turn) return;
      const time = Math.min(1, Math.max(0, now - begin) / duration);
      put(at(time));
      if (time < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };
  return {
    stop() {
      turn += 1;
    },
    // Crosses an object once, from its right edge to its left, and ends at its middle.
    sweep: ({ left, right, middle }) =>
      run(SWEEP, (time) => {
        if (time === 1) return middle;
        const eased = time < 0.5 ? 2 * time * time : 1 - 2 * (1 - time) ** 2;
        return eased < 0.6
          ? right + ((left - right) * eased) / 0.6
          : left + ((middle - left) * (eased - 0.6)) / 0.4;
      }),
    glide: (from, to) => run(GLIDE, (time) => (time === 1 ? to : to + (from - to) * (1 - time) ** 3)),
  };
};
