// Shows other answers under the stage: ours, softer, warmer, and those of other methods. A click takes one as an edit that can be changed.

import { sheet } from '../drawing/pictures.js';
import { channelOf, coloursOf, gains, paint } from '../drawing/pixels.js';
import { compose, neutral } from '../edit/compose.js';
import { recompose } from '../edit/controls.js';

const OWN = [
  { key: 'ours', title: 'Ours', controls: {} },
  { key: 'softer', title: 'Softer', controls: { colour: 0.6, light: 0.6 } },
  { key: 'warmer', title: 'Warmer', controls: { warmth: 0.3 } },
];
const FIRST = ['hist_match', 'poisson'];
const NOT_SHOWN = ['composite', 'harmonylab', 'harmonylab_curves'];
const QUIET = 1200; // milliseconds without a change before other methods are asked
const PAUSE = 150; // milliseconds between two drawings of the strip
const SIDE = 184; // pixels of a thumbnail, twice its width on the page
const MARGIN = 0.2; // of the object's size, shown around it

// Returns a text that changes when other methods would answer differently for an object.
const stateOf = (document, object) =>
  JSON.stringify([
    document.background,
    document.reference,
    object.id,
    object.mask,
    object.cutout,
    object.placement,
  ]);

// Returns what thumbnails of an object are drawn from: its surroundings, and its own pixels before the edit, all small.
const smallOf = (bench, object) => {
  const [shape, own] = [bench.stage.shape(object.id), bench.stage.unedited(object.id)];
  if (!shape || !own) return null;
  const [left, top, right, bottom] = shape.box;
  const margin = MARGIN * Math.max(right - left, bottom - top);
  const area = [
    Math.max(0, left - margin),
    Math.max(0, top - margin),
    Math.min(shape.width, right + margin),
    Math.min(shape.height, bottom + margin),
  ];
  const scale = SIDE / Math.max(area[2] - area[0], area[3] - area[1]);
  const to = (length) => Math.max(1, Math.round(length * scale));
  const around = sheet(to(area[2] - area[0]), to(area[3] - area[1]));
  around.pen.drawImage(
    bench.stage.flat(),
    -area[0] * scale,
    -area[1] * scale,
    shape.width * scale,
    shape.height * scale,
  );
  const full = sheet(own.width, own.height);
  const pixels = new Uint8ClampedArray(own.colours);
  for (let k = 0; k < own.matte.length; k += 1) pixels[4 * k + 3] = own.matte[k];
  full.pen.putImageData(new ImageData(pixels, own.width, own.height), 0, 0);
  const small = sheet(to(own.width), to(own.height));
  small.pen.drawImage(full.canvas, 0, 0, small.canvas.width, small.canvas.height);
  const { data } = small.pen.getImageData(0, 0, small.canvas.width, small.canvas.height);
  const [x, y] = [Math.round(left * scale), Math.round(top * scale)];
  return {
    around: around.canvas,
    data,
    alpha: channelOf(data, 3),
    width: small.canvas.width,
    height: small.canvas.height,
    box: [x, y, x + small.canvas.width, y + small.canvas.height],
    whole: [
      Math.max(x + small.canvas.width, to(shape.width)),
      Math.max(y + small.canvas.height, to(shape.height)),
    ],
    at: [(left - area[0]) * scale, (top - area[1]) * scale],
  };
};

const drawThumbnail = (canvas, small, edit) => {
  const { width, height, data, alpha, around, at } = small;
  const painted = new Uint8ClampedArray(data);
  const inside = new Uint8Array(alpha.length).fill(255);
  paint(painted, inside, {
    ...coloursOf(edit),
    gains: gains(edit.shading, ...small.whole, small.box),
    opacity: 1,
  });
  const own = sheet(width, height);
  own.pen.putImageData(new ImageData(painted, width, height), 0, 0);
  Object.assign(canvas, { width: around.width, height: around.height });
  const pen = canvas.getContext('2d');
  pen.drawImage(around, 0, 0);
  pen.drawImage(own.canvas, ...at);
};

// Returns the methods that are shown: histogram matching and Poisson blending first.
const inOrder = (given) => {
  const all = given
    .map(({ name, title }) => ({ key: name, title }))
    .filter(({ key }) => !NOT_SHOWN.includes(key));
  const place = ({ key }) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  return all.sort((a, b) => place(a) - place(b));
};

const tile = ({ key, title }) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'wb-variant';
  button.dataset.key = key;
  button.setAttribute('aria-pressed', 'false');
  button.innerHTML = '<canvas aria-hidden="true"></canvas><span></span>';
  button.querySelector('span').textContent = title;
  return button;
};

export const variants = (bench, root) => {
  root.innerHTML = '<div class="wb-variants" role="group" aria-label="Variants"></div>';
  const strip = root.firstElementChild;
  let methods = [];
  let answers = new Map(); // key -> {edit, left} of the present state
  let shown = '';
  let timer = 0;
  let asking = null;
  const buttons = () => [...strip.querySelectorAll('.wb-variant')];

  // Asks the methods whose tiles are visible, one after another: they cost the server more than our own answers do.
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const { document, object } = bench;
    const next = () => (object ? methods.find(({ key }) => visible.has(key) && !answers.has(key)) : null);
    for (let method = next(); method && !signal.aborted; method = next()) {
      const body = { document, object: object.id, method: method.key };
      try {
        const given = await bench.server.post('/variant', body, { signal });
        if (!signal.aborted) answers.set(method.key, given);
      } catch (error) {
        if (!signal.aborted) answers.set(method.key, { problem: error.message });
      }
      draw();
    }
    if (!signal.aborted && object) strip.dataset.complete = 'yes';
  };
  const visible = new Set();
  const onVisible = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        visible[isIntersecting ? 'add' : 'delete'](target.dataset.key);
      askSoon();
    },
    { root: strip },
  );
  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, QUIET);
  };
  let composed = {};
  const ownEdit = ({ key, controls }, answer) => {
    if (composed.answer !== answer) composed = { answer };
    composed[key] ??= compose(answer, controls);
    return composed[key];
  };
  const editOf = (key) => {
    const own = OWN.find((each) => each.key === key);
    const ours = answers.get('ours');
    if (own) return ours && ownEdit(own, ours.edit);
    return answers.get(key)?.edit;
  };
  const take = (key) => {
    const own = OWN.find((each) => each.key === key);
    const answer = own ? answers.get('ours')?.edit : answers.get(key)?.edit;
    if (!answer) return;
    bench.change('Take a variant', (draft) => {
      const object = draft.objects.find(({ id }) => id === bench.object.id);
      object.answer = answer;
      object.controls = { ...neutral(), ...own?.controls, variant: key };
      recompose(bench, object);
    });
  };
  const drawNow = () => {
    scheduled = false;
    const object = bench.object;
    root.hidden = !object;
    if (!object) return;
    const state = stateOf(bench.document, object);
    if (state !== shown) {
      shown = state;
      answers = new Map();
      asking?.abort();
      strip.dataset.complete = 'no';
      askSoon();
    }
    const now = object.controls?.variant ?? 'ours';
    if (now === 'ours' && object.answer) answers.set('ours', { edit: object.answer });
    else if (!answers.has('ours')) askOurs(object);
    const small = thumbnailsOf(object);
    for (const button of buttons()) {
      const { key } = button.dataset;
      const given = answers.get(key);
      const edit = editOf(key);
      button.setAttribute('aria-pressed', String(key === now));
      button.disabled = !edit;
      button.title =
        given?.problem ??
        (given?.left >= 2
          ? `Differs from the method’s own picture by ${given.left.toFixed(0)} of 255 levels`
          : button.textContent);
      if (edit && small) drawIfNew(button, small, edit);
    }
  };
  let scheduled = false;
  const draw = () => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(drawNow, PAUSE);
  };
  let smallKept = {};
  const thumbnailsOf = (object) => {
    const shape = bench.stage.unedited(object.id)?.matte;
    if (shape && smallKept.shape !== shape) smallKept = { shape, small: smallOf(bench, object) };
    return shape ? smallKept.small : null;
  };
  const drawnEdits = new WeakMap();
  const drawIfNew = (button, small, edit) => {
    const last = drawnEdits.get(button);
    if (last?.small === small && last.edit === edit) return;
    drawnEdits.set(button, { small, edit });
    drawThumbnail(button.querySelector('canvas'), small, edit);
  };
  let pending = '';
  const askOurs = async (object) => {
    const state = shown;
    if (pending === state) return;
    pending = state;
    try {
      const { edit } = await bench.server.post('/answer', { document: bench.document, object: object.id });
      if (shown === state) answers.set('ours', { edit });
      draw();
    } catch {
      pending = ''; // the next change asks again
    }
  };
  strip.addEventListener('click', (event) => {
    const button = event.target.closest('.wb-variant');
    if (button) take(button.dataset.key);
  });
  // Opens the page that compares all methods, with this picture and this mask.
  const seeAll = () => {
    const button = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'wb-see-all',
      textContent: 'See all large',
    });
    button.addEventListener('click', async () => {
      bench.busy('compare', 'Preparing the comparison…');
      try {
        const body = { document: bench.document, object: bench.object.id };
        location.assign((await bench.server.post('/compare', body)).url);
      } catch (error) {
        bench.say(error.message, 'error');
      } finally {
        bench.busy('compare', null);
      }
    });
    return button;
  };
  const list = async () => {
    strip.replaceChildren(...OWN.map(tile));
    try {
      methods = inOrder((await bench.server.get('/methods')).methods);
    } catch {
      methods = [];
    }
    strip.append(...methods.map(tile), seeAll());
    for (const button of buttons()) onVisible.observe(button);
    draw();
  };
  for (const name of ['document', 'selection', 'files', 'drawn']) bench.on(name, draw);
  list();
};
