// Shows all pictures of a trial in the same size and the same part, and their reference in the same place, or between
// those of a pair.
const LEAST_OF_THREE = 200; // CSS pixels of the longer side: on a smaller screen, no reference is between both
const makeViewer = (area, onChange) => {
  const third = area.parentNode.querySelector('.trial-beside'),
    thirdFrame = third.querySelector('.trial-third');
  const image = (frame, name) => frame.querySelector(`.${name}`);
  let frames = [],
    spaces = [],
    pair = null, // {pictures, reference, sizes}
    levels = [],
    level = 0,
    centre = [0.5, 0.5],
    shift = 0, // by how many places the pictures are swapped
    latestShift = 0,
    behind = false,
    outlined = false,
    beside = false, // the reference is between both
    loaded = '', // the size that the pictures have now
    turn = 0,
    latest = null;

  const ratio = () => devicePixelRatio || 1;
  const space = () => {
    const boxes = spaces.map((one) => one.getBoundingClientRect());
    return ['width', 'height'].map((side) => Math.min(...boxes.map((box) => box[side])));
  };
  const frameOf = (pixels) => {
    const room = space().map((length) => Math.floor(length * ratio() + 0.01));
    return pixels.map((length, axis) => Math.min(length, Math.max(1, room[axis])));
  };
  const place = () => {
    const { pixels, factor } = levels[level];
    const frame = frameOf(pixels);
    const [left, top] = placed(pixels, frame, centre);
    const css = (length) => `${length / ratio()}px`;
    for (const one of [...frames, thirdFrame]) {
      Object.assign(one.style, { width: css(frame[0]), height: css(frame[1]) });
      one.classList.toggle('zoomed', level > 0);
      for (const picture of one.children) {
        Object.assign(picture.style, {
          left: css(left),
          top: css(top),
          width: css(pixels[0]),
          height: css(pixels[1]),
          imageRendering: factor ? 'pixelated' : 'auto',
        });
      }
    }
    onChange();
  };
  const showThird = (on) => {
    beside = on;
    third.hidden = !on;
    area.parentNode.classList.toggle('three', on);
    spaces = [...(on ? area.parentNode : area).querySelectorAll('.trial-space')];
    levels = zoomLevels(pair.sizes, space(), ratio());
  };
  // Finds the levels of zoom, with the reference between both where it is wanted and the screen has room.
  const findLevels = () => {
    showThird(Boolean(pair.reference_beside && pair.reference));
    if (beside && Math.max(...levels[0].pixels) / ratio() < LEAST_OF_THREE) showThird(false);
  };
  const arrange = () => {
    arrangeFrames(area, pair.pictures.length);
    placeFrames(area, pair.sizes);
    frames = [...area.querySelectorAll('.trial-frame')];
    findLevels();
  };
  const addresses = () => pair.pictures.map((one) => sized(one, levels[level].size));
  // Loads the size of the level, and shows it in all frames at once. Resolves when the newest wanted size is shown.
  const load = () => {
    latest = loadSize(++turn);
    return latest;
  };
  const loadSize = async (mine) => {
    const wanted = addresses();
    const reference = beside ? [sized(pair.reference, levels[level].size)] : [];
    const all = [...wanted, ...reference].join();
    if (all === loaded) return;
    await Promise.all([...[...wanted].sort(), ...reference].map(decoded));
    if (mine !== turn) return latest;
    loaded = all;
    for (const address of reference) image(thirdFrame, 'reference').src = address;
    frames.forEach((frame, place) => {
      image(frame, 'own').src = wanted[place];
      for (const [number, other] of frame.querySelectorAll('.other').entries())
        other.src = wanted[(place + number + 1) % wanted.length];
    });
    await Promise.all(
      frames.flatMap((frame) => [...frame.querySelectorAll('.own, .other')].map((one) => one.decode())),
    );
    if (outlined) await loadOutline();
  };
  // Loads the outline in the size of the level; without it, it is off again.
  const loadOutline = async () => {
    const address = sized(pair.outline, levels[level].size);
    try {
      await decoded(address);
    } catch {
      outlined = false;
    }
    if (outlined) for (const frame of frames) image(frame, 'outline').src = address;
  };
  const reload = () => load().catch(() => {}); // the smaller pictures stay, enlarged
  const go = (target, at = [0.5, 0.5]) => {
    const next = Math.min(levels.length - 1, Math.max(0, target));
    if (!pair || next === level) return;
    const [before, after] = [levels[level].pixels, levels[next].pixels];
    centre = centreAround(at, before, after, [frameOf(before), frameOf(after)], centre);
    level = next;
    countZoom(level > 0);
    place();
    reload();
  };
  const showSide = () => {
    for (const frame of frames) {
      frame.classList.toggle('flipped', shift > 0);
      for (const [number, other] of frame.querySelectorAll('.other').entries())
        other.classList.toggle('passed', number + 1 !== shift);
      frame.classList.toggle('behind', behind);
      frame.classList.toggle('outlined', outlined);
    }
    onChange();
  };
  const still = () => {
    behind = outlined = false;
    shift = latestShift = level = 0;
    centre = [0.5, 0.5];
    showSide();
  };

  const showShift = (places) => {
    if (places === shift || !pair) return;
    if (places) {
      if (!shift) usage.flip += 1;
      latestShift = places;
    }
    shift = places;
    showSide();
  };

  return {
    // Shows another trial; resolves when all its pictures can be painted.
    async show(value) {
      pair = { ...value, pictures: [value.left, value.right, ...value.further] };
      loaded = '';
      arrange();
      still();
      resetUsage();
      for (const frame of frames)
        for (const name of ['reference', 'outline']) image(frame, name).removeAttribute('src');
      place();
      await load();
    },
    // Fetches the pictures of the next pair in the size in which they will be shown.
    prepare({ pictures, sizes, reference, outline }) {
      const current = pair ? [...pair.pictures, pair.reference, pair.outline] : [];
      keepOnly([...current, ...pictures, reference, outline]);
      if (!pictures.length) return;
      const { size } = fitted(sizes, space(), ratio());
      for (const address of pictures) fetchPicture(sized(address, size));
      for (const one of [reference, outline]) if (one) fetchPicture(sized(one, size));
    },
    // Fits the pair to a space or a screen that has changed.
    fit() {
      if (!pair) return;
      const { pixels } = levels[level];
      placeFrames(area, pair.sizes);
      findLevels();
      level =
        level &&
        Math.max(
          0,
          levels.findLastIndex((one) => one.pixels[0] <= pixels[0]),
        );
      countZoom(level > 0);
      place();
      reload();
    },
    zoom: (steps, at) => go(level + steps, at),
    zoomTo(factor, at) {
      const wanted = levels[0].pixels[0] * factor;
      const far = levels.map((one) => Math.abs(Math.log(one.pixels[0] / wanted)));
      go(far.indexOf(Math.min(...far)), at);
    },
    // Between the size that fits, and all pixels of the picture (or twice the size where it is shown so already).
    toggleZoom(at) {
      const real = levels.findIndex((one, index) => index && one.size === pair.sizes[0]);
      go(level ? 0 : real, at);
    },
    reset: () => go(0),
    // Moves the part that is shown by CSS pixels.
    pan(x, y) {
      if (!level) return;
      const { pixels } = levels[level];
      const frame = frameOf(pixels);
      const now = placed(pixels, frame, centre);
      // From where the picture is: at its edge no movement is saved up.
      centre = [x, y].map((by, axis) => (frame[axis] / 2 - now[axis] - by * ratio()) / pixels[axis]);
      centre = centre.map((value) => Math.min(1, Math.max(0, value)));
      place();
    },
    // Shows the next picture in the place of each: with more than two, each time one further than the last time.
    flip(on) {
      if (pair && on !== shift > 0) showShift(on ? (latestShift % (pair.pictures.length - 1)) + 1 : 0);
    },
    // Shows all pictures in turn in the place of each.
    turn() {
      if (pair) showShift((shift + 1) % pair.pictures.length);
    },
    async compare(on) {
      if (on === behind || !pair?.reference) return;
      behind = on;
      if (!on) return showSide();
      usage.reference += 1;
      const address = sized(pair.reference, levels[level].size);
      try {
        await decoded(address);
      } catch {
        behind = false;
      }
      if (!behind) return;
      for (const frame of frames) image(frame, 'reference').src = address;
      showSide();
    },
    // Draws the outline of the object over both pictures.
    async outline(on) {
      if (on === outlined || !pair?.outline) return;
      outlined = on;
      if (on) {
        usage.outline += 1;
        await loadOutline();
      }
      showSide();
    },
    get flipped() {
      return shift > 0;
    },
    // The names of the pictures that are shown, by place.
    get names() {
      return frames.map((_, place) => nameOf((place + shift) % frames.length, frames.length));
    },
    get behind() {
      return behind;
    },
    get outlined() {
      return outlined;
    },
    get scale() {
      return levels.length ? levels[level].pixels[0] / levels[0].pixels[0] : 1;
    },
    get atEnd() {
      return [level === 0, level === levels.length - 1];
    },
    get isStacked() {
      const [a, b] = frames.map((frame) => frame.getBoundingClientRect());
      return b.top >= a.bottom;
    },
    record() {
      return usageRecord(levels.length ? levels[0].pixels : [0, 0], this.isStacked, beside);
    },
  };
};
