// Chooses what the object is matched to: the whole picture, a part of it, or another picture. The model and the other methods follow.
import { boxFrom, movedBox, resizedBox } from './reference_box.js';

const WHOLE = [0, 0, 1, 1];
const FIRST_PART = [0.25, 0.25, 0.75, 0.75];
const STEP = 0.02; // of the picture, for a key
const QUIET = 500; // milliseconds after the last key
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const MARKUP = `<div class="wb-channels" role="radiogroup" aria-label="Match to">
  <button type="button" role="radio" data-to="whole">Whole picture</button><button type="button" role="radio" data-to="part">A part</button>
  <button type="button" role="radio" data-to="other">Another picture</button></div>
  <div class="wb-reference" tabindex="0" role="application" aria-label="The part whose light counts" hidden><img alt="" draggable="false"><i></i></div>
  <p class="wb-hint" hidden>Draw a box over the part whose light counts. Arrow keys move it, with Shift they change its size.</p>
  <button type="button" class="wb-button wb-reference-choose" hidden>Choose another picture…</button>
  <input type="file" aria-label="Another picture" hidden>`;

export const referencePanel = (bench) => {
  const root = bench.panel('reference', 'Match to');
  root.insertAdjacentHTML('beforeend', MARKUP);
  const find = (selector) => root.querySelector(selector);
  const [map, input, choose] = [find('.wb-reference'), find('input'), find('.wb-reference-choose')];
  input.accept = bench.value.accept.pictures;
  let box = WHOLE; // as drawn
  let drag = null; // {start, from}: where a pointer went down, and the box then if it is moved
  let timer = 0; // runs after a key until the box is committed

  const reference = () => bench.document?.reference ?? null;
  const shown = () => {
    if (!reference()) return 'whole';
    return reference().file === bench.document.background ? 'part' : 'other';
  };
  const set = (label, wanted) => {
    bench.change(label, (draft) => {
      draft.reference = wanted;
    });
    bench.ask('answer-again');
  };
  const commit = () => {
    clearTimeout(timer);
    timer = 0;
    if (!reference()) return;
    set('Choose the part whose light counts', { file: reference().file, box });
  };
  const drawBox = () => {
    const [left, top, right, bottom] = box.map((value) => 100 * value);
    Object.assign(find('i').style, {
      left: `${left}%`,
      top: `${top}%`,
      width: `${right - left}%`,
      height: `${bottom - top}%`,
    });
  };
  const draw = () => {
    const [now, facts] = [shown(), bench.files[reference()?.file]];
    root.classList.toggle('wb-off', !bench.document);
    for (const button of root.querySelectorAll('[data-to]')) {
      const own = button.dataset.to === now;
      button.setAttribute('aria-checked', String(own));
      button.tabIndex = own ? 0 : -1;
      button.disabled = !bench.document;
    }
    map.hidden = !facts;
    find('.wb-hint').hidden = !facts;
    choose.hidden = now !== 'other';
    if (!facts) return;
    if (find('img').getAttribute('src') !== facts.view) find('img').src = facts.view;
    // An answer that arrives while the box is moved must not move it back.
    if (drag || timer) return;
    box = reference().box;
    drawBox();
  };

  const open = async (file) => {
    const progress = (part) => bench.busy('reference', `Uploading ${file.name}, ${Math.round(100 * part)} %`);
    try {
      const facts = await bench.server.upload(file, 'picture', progress);
      bench.addFiles([facts]);
      set(`Match to ${facts.name}`, { file: facts.id, box: [...WHOLE] });
    } catch (error) {
      bench.say(error.message, 'error');
    } finally {
      bench.busy('reference', null);
    }
  };
  const to = {
    whole: () => reference() && set('Match to the whole picture', null),
    part: () =>
      shown() !== 'part' &&
      set('Match to a part of the picture', { file: bench.document.background, box: [...FIRST_PART] }),
    other: () => input.click(),
  };
  root.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button === choose) input.click();
    else to[button?.dataset.to]?.();
  });
  root.addEventListener('keydown', (event) => {
    const button = event.target.closest('[data-to]');
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!button || !by) return;
    const all = [...root.querySelectorAll('[data-to]')];
    all[(all.indexOf(button) + by + all.length) % all.length].focus();
    event.preventDefault();
  });
  input.addEventListener('change', () => {
    const [file] = input.files;
    input.value = '';
    if (file) open(file);
  });

  const place = (event) => {
    const area = map.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
  };
  map.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    map.setPointerCapture(event.pointerId);
    const start = place(event);
    const [left, top, right, bottom] = box;
    const whole = right - left > 0.98 && bottom - top > 0.98;
    const inside = start[0] > left && start[0] < right && start[1] > top && start[1] < bottom;
    drag = { start, from: inside && !whole ? box : null };
  });
  map.addEventListener('pointermove', (event) => {
    if (!drag) return;
    const [x, y] = place(event);
    const [fromX, fromY] = drag.start;
    box = drag.from
      ? movedBox(drag.from, x - fromX, y - fromY)
      : (boxFrom([fromX, fromY], [x, y]) ?? reference()?.box ?? WHOLE);
    drawBox();
  });
  const drop = (event) => {
    if (!drag) return;
    drag = null;
    if (event.type === 'pointerup' && String(box) !== String(reference()?.box)) commit();
    else draw();
  };
  map.addEventListener('pointerup', drop);
  map.addEventListener('pointercancel', drop);
  map.addEventListener('keydown', (event) => {
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    const [x, y] = [step[0] * STEP, step[1] * STEP];
    box = event.shiftKey ? resizedBox(box, x, y) : movedBox(box, x, y);
    drawBox();
    clearTimeout(timer);
    timer = setTimeout(commit, QUIET);
  });
  for (const name of ['document', 'files']) bench.on(name, draw);
  draw();
};
