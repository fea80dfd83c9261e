// Keeps the colours of placed objects up to date: asks the model for the newest place of an object, one request at a time, and lets the
// colours flow from one answer to the next in the time that an answer takes.
//
// It offers: 'follow' (id, placement), while an object moves; 'colours' (id), its answer at this moment; 'settled' (id), true when there
// is nothing to wait for; 'settle' (id), puts the last answer into the document, if the object still lies where it was asked for.
import { recompose } from '../edit/controls.js';
import { mixedEdit } from './colours.js';

const OWN = new Set([undefined, 'ours', 'softer', 'warmer']);
const SPAN = [80, 600]; // milliseconds in which colours flow, at least and at most
const SLOW = 1200; // milliseconds without an answer until the sign appears
const LOST = 10_000; // milliseconds after which a newer question takes the place of one that was not answered
const PAUSE = 1500; // milliseconds before the next question after a refusal

const placeOf = (document, object, placement = object.placement) =>
  JSON.stringify([document.background, object.cutout, placement]);

// Returns the document as the model needs it: with this placement, without edits that it does not see.
export const question = (document, id, placement) => {
  const own = document.objects.findIndex((object) => object.id === id);
  const objects = document.objects.map((object, k) => ({
    ...object,
    answer: null,
    controls: null,
    edit: k < own ? object.edit : null,
    placement: k === own ? placement : object.placement,
  }));
  return { document: { ...document, objects }, object: id };
};

// Returns true where the look of a placed object comes from the model, and so changes with its place.
export const follows = ({ cutout, placement, answer, edit, controls }) =>
  Boolean(cutout && placement && (answer || !edit) && OWN.has(controls?.variant));

const createSign = (root) => {
  const sign = document.createElement('p');
  sign.className = 'wb-place-sign';
  sign.setAttribute('role', 'status');
  sign.innerHTML = '<span hidden>The colours follow as soon as the server answers.</span>';
  root.querySelector('.wb-view').append(sign);
  return (on) => {
    sign.firstChild.hidden = !on;
  };
};

// Holds what is shown of each object: {from, to, begin, span}; the answer `to` is complete `span` milliseconds after `begin`.
const createFlows = () => {
  const flows = new Map();
  return {
    start(id, from, to, milliseconds) {
      const span = Math.min(SPAN[1], Math.max(SPAN[0], milliseconds));
      flows.set(id, { from: from ?? to, to, begin: performance.now(), span });
    },
    now(id) {
      const flow = flows.get(id);
      if (!flow) return null;
      return mixedEdit(flow.from, flow.to, (performance.now() - flow.begin) / flow.span);
    },
    ended: (id) =>
      !flows.has(id) ||
      flows.get(id).to === flows.get(id).from ||
      flows.get(id).begin + flows.get(id).span <= performance.now(),
    end: (id) => flows.delete(id),
  };
};

export const live = (bench, root) => {
  const sign = createSign(root);
  const flows = createFlows();
  const places = new WeakMap(); // answer -> the place it is for
  const wanted = new Map(); // id -> placement
  const arrived = new Map(); // id -> {place, answer}, the last answer of an object
  let running = null; // {id, place, stop, begin}
  let resting = 0; // the timer until the next question after a refusal

  const find = (id) => bench.document?.objects.find((object) => object.id === id) ?? null;

  const want = (id, placement) => {
    const object = find(id);
    if (!object) return;
    const place = placeOf(bench.document, object, placement);
    const known = arrived.get(id)?.place === place;
    if (known || (running?.id === id && running.place === place)) wanted.delete(id);
    else wanted.set(id, placement);
    if (known && !bench.ask('moving', id)) settle(id);
    if (running && wanted.size && performance.now() - running.begin > LOST) running.stop.abort();
    next();
  };
  const take = (id, place, answer, begin) => {
    const object = find(id);
    if (!object || !follows(object)) return;
    places.set(answer.edit, place);
    arrived.set(id, { place, answer });
    flows.start(id, flows.now(id) ?? object.answer, answer.edit, performance.now() - begin);
    if (!bench.ask('moving', id)) settle(id);
  };
  const settle = (id) => {
    const object = find(id);
    const last = arrived.get(id);
    if (!object || !last || last.place !== placeOf(bench.document, object)) return;
    if (object.answer === last.answer.edit) return;
    bench.amend((draft) => {
      const target = draft.objects.find((one) => one.id === id);
      if (!target || placeOf(draft, target) !== last.place) return;
      target.answer = last.answer.edit;
      recompose(bench, target);
    });
    bench.facts(id, last.answer);
  };
  const refused = (error, id, placement) => {
    const brief = !error.status || error.status >= 500 || error.status === 429 || error.status === 408;
    if (!brief) {
      bench.say(error.message, 'error');
      return;
    }
    sign(true);
    if (!wanted.has(id)) wanted.set(id, placement);
    resting = setTimeout(() => {
      resting = 0;
      next();
    }, PAUSE);
  };
  const next = async () => {
    if (running || resting || !wanted.size) return;
    const [id, placement] = wanted.entries().next().value;
    wanted.delete(id);
    const object = find(id);
    if (!object || !follows(object)) {
      next();
      return;
    }
    const mine = { id, place: placeOf(bench.document, object, placement), stop: new AbortController() };
    mine.begin = performance.now();
    running = mine;
    const slow = setTimeout(() => sign(true), SLOW);
    try {
      const body = question(bench.document, id, placement);
      const answer = await bench.server.post('/answer', body, { signal: mine.stop.signal });
      sign(false);
      take(id, mine.place, answer, mine.begin);
    } catch (error) {
      if (!mine.stop.signal.aborted) refused(error, id, placement);
    } finally {
      clearTimeout(slow);
      running = null;
      next();
    }
  };
  // An answer that comes with the document belongs to the place at which its object is then.
  const look = () => {
    for (const object of bench.document?.objects ?? []) {
      if (!object.answer || !follows(object)) continue;
      const place = placeOf(bench.document, object);
      if (!places.has(object.answer)) places.set(object.answer, place);
      else if (places.get(object.answer) !== place) want(object.id, object.placement);
    }
  };
  bench.on('document', look);
  bench.offer('follow', (id, placement) => {
    const object = find(id);
    if (object && follows(object)) want(id, placement);
  });
  bench.offer('colours', (id) => flows.now(id));
  bench.offer('forget-colours', flows.end);
  bench.offer('settled', (id) => !wanted.has(id) && running?.id !== id && flows.ended(id));
  bench.offer('settle', settle);
};
