// Shows other answers under the stage: ours, softer, warmer, and those of other methods. A click takes one as an edit that can be changed.
import { compose, neutral } from './compose.js';
import { recompose } from './controls.js';

const OWN = [
  { key: 'ours', title: 'Ours', controls: {} },
  { key: 'softer', title: 'Softer', controls: { colour: 0.6, light: 0.6 } },
  { key: 'warmer', title: 'Warmer', controls: { warmth: 0.3 } },
];
const QUIET = 1200; // milliseconds without a change before other methods are asked

// Returns a text that changes when other methods would answer differently for an object.
const stateOf = (document, object) =>
  JSON.stringify([document.background, object.id, object.mask, object.cutout, object.placement]);

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

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const { document, object } = bench;
    for (const { key } of methods) {
      if (signal.aborted || !object || answers.has(key)) continue;
      try {
        const given = await bench.server.post(
          'variant',
          { document, object: object.id, method: key },
          { signal },
        );
        if (!signal.aborted) answers.set(key, given);
      } catch (error) {
        if (!signal.aborted) answers.set(key, { problem: error.message });
      }
      if (!signal.aborted) draw();
    }
  };
  const editOf = (key) => {
    const own = OWN.find((each) => each.key === key);
    const ours = answers.get('ours');
    if (own) return ours && compose(ours.edit, own.controls, null);
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
  const draw = () => {
    const object = bench.object;
    root.hidden = !object;
    if (!object) return;
    const state = stateOf(bench.document, object);
    if (state !== shown) {
      shown = state;
      answers = new Map();
      asking?.abort();
      clearTimeout(timer);
      timer = setTimeout(ask, QUIET);
    }
    const now = object.controls?.variant ?? 'ours';
    if (now === 'ours' && object.answer) answers.set('ours', { edit: object.answer });
    else if (!answers.has('ours')) askOurs(object);
    const sample = bench.stage.sample(object);
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
          : '');
      if (edit && sample) bench.stage.thumbnail(button.querySelector('canvas'), object, edit);
    }
  };
  let pending = '';
  const askOurs = async (object) => {
    const state = shown;
    if (pending === state) return;
    pending = state;
    try {
      const { edit } = await bench.server.post('answer', { document: bench.document, object: object.id });
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
  const list = async () => {
    strip.replaceChildren(...OWN.map(tile));
    try {
      methods = (await bench.server.get('methods')).methods;
    } catch {
      methods = [];
    }
    strip.append(...methods.map(tile));
    draw();
  };
  for (const name of ['document', 'selection', 'files']) bench.on(name, draw);
  list();
};
