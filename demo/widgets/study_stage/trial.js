// Shows one trial: loads its two stimuli, reads keys and buttons, and measures the response time. The stimuli of
// the next trial are fetched meanwhile; the server counts that trial as shown when it is asked for it.
const root = element.querySelector('.study'),
  stage = element.querySelector('.trial');
const find = (name) => stage.querySelector(name);
const area = find('.trial-pair'),
  board = find('.trial-pictures'); // all pictures, and the reference between those of a pair
const TIE_KEYS = { t: 'T', ' ': 'T' };
const ANSWERS = { a: 'L', arrowleft: 'L', l: 'R', arrowright: 'R', ...TIE_KEYS };
const BEST = { 1: '1', 2: '2', 3: '3', 4: '4', ...TIE_KEYS }; // of more than two pictures
const GRADES = { 1: ['L', 2], 2: ['L', 1], 3: ['T', 1], 4: ['R', 1], 5: ['R', 2] };
const REST = 350; // milliseconds after a tap on an answer in which a second tap belongs to the first
let trial = null,
  ready = false,
  shownAt = 0,
  tappedAt = -Infinity,
  asked = 0, // number of the question on this pair, from 0
  given = null, // the answers to this pair until now
  told = '', // the better side of a practice pair, after its answer
  drawCount = 0;

const viewer = makeViewer(area, () => showTools());
listenForGestures(board, viewer);

const lock = (state, text) => {
  ready = state === 'ready';
  stage.dataset.state = state;
  find('.trial-state').textContent = text || '';
  const hadFocus = stage.contains(document.activeElement);
  for (const button of stage.querySelectorAll('.trial-buttons > button, .trial-undo'))
    button.disabled = !ready;
  // A disabled button has no focus: the next key would be read by nobody.
  if ((hadFocus || document.activeElement === document.body) && !stage.hidden) askQuestion(asked);
};
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const inLanguage = ({ text, texts }) => texts[document.documentElement.lang] || text;
// Shows a question on this pair, and moves the focus to it.
const askQuestion = (number) => {
  asked = number;
  const further = trial?.questions[number - 1];
  const question = find('.trial-question');
  question.textContent = further ? inLanguage(further) : info?.question || trial?.question || '';
  for (const button of stage.querySelectorAll('[data-much]'))
    button.hidden = !trial?.graded || Boolean(further);
  find('.trial-buttons').classList.toggle('graded', Boolean(trial?.graded && !further));
  find('.trial-undo').style.visibility = trial?.can_undo || further ? 'visible' : 'hidden';
  if (!stage.contains(document.activeElement) || document.activeElement.disabled)
    question.focus({ preventScroll: true });
};
const label = (value) => {
  find('.trial-count').textContent = `${value.number} of ${value.total}`;
  const bar = find('.trial-progress');
  bar.setAttribute('aria-valuemax', value.total);
  bar.setAttribute('aria-valuenow', value.number - 1);
  bar.firstElementChild.style.width = `${(100 * (value.number - 1)) / value.total}%`;
  const several = value.further.length;
  for (const button of stage.querySelectorAll('[data-choice]')) {
    const { choice } = button.dataset;
    const place = Number(choice);
    button.hidden = choice === 'T' ? !value.allow_tie : place ? !several || place > 2 + several : several > 0;
  }
  find('.trial-buttons').classList.toggle('several', several > 0);
  find('[data-view=flip]').title = several
    ? 'Shows the next picture in the same place'
    : 'Shows the other picture in the same place';
  find('.trial-practice').hidden = !value.practice;
  find('.trial-prompt').textContent = value.prompt;
  find('.trial-prompt').hidden = !value.prompt;
  const compare = find('[data-view=reference]');
  compare.hidden = !value.reference;
  find('[data-view=outline]').hidden = !value.outline;
  const reference = value.reference_kind === 'start' ? 'Starting picture' : 'Reference';
  compare.firstElementChild.textContent = find('.trial-beside figcaption').textContent = reference;
  find('.trial-third img').alt = reference;
  askQuestion(0);
};
const showTools = () => {
  const [smallest, largest] = viewer.atEnd;
  find('[data-view=out]').disabled = find('[data-view=fit]').disabled = smallest;
  find('[data-view=in]').disabled = largest;
  find('[data-view=flip]').setAttribute('aria-pressed', viewer.flipped);
  find('[data-view=reference]').setAttribute('aria-pressed', viewer.behind);
  find('[data-view=outline]').setAttribute('aria-pressed', viewer.outlined);
  const { names } = viewer;
  const better = { L: 'A', R: 'B' }[told];
  for (const [side, caption] of [...area.querySelectorAll('figcaption')].entries()) {
    caption.textContent = viewer.behind ? '\u00a0' : names[side];
    caption.parentNode.classList.toggle('better', !viewer.behind && names[side] === better);
  }
};

// The buttons are enabled after both stimuli are decoded and painted; the response time starts then.
const draw = async (value, message) => {
  if (trial && trial.trial === value.trial && shownAt) {
    trial = value;
    label(value);
    lock('ready', message);
    return;
  }
  const turn = ++drawCount;
  trial = value;
  given = null;
  shownAt = 0;
  label(value);
  lock('loading', 'Loading…');
  try {
    await viewer.show(value);
    await painted();
  } catch {
    if (turn === drawCount) {
      trial = null;
      lock('failed', 'The pictures did not arrive. Please reload the page.');
    }
    return;
  }
  if (turn !== drawCount) return;
  shownAt = performance.now();
  stage.dataset.state = 'shown';
  const { next_pictures, next_sizes: sizes } = value;
  viewer.prepare({
    pictures: next_pictures,
    sizes,
    reference: value.next_reference,
    outline: value.next_outline,
  });
  if (value.minimum_exposure_ms)
    await new Promise((resolve) => setTimeout(resolve, value.minimum_exposure_ms));
  if (turn === drawCount) lock('ready', message || hint(value));
};
// The first pairs say how they can be viewed.
const hint = ({ number, practice, further }) => {
  if (number > 1 && !practice) return '';
  if (further.length)
    return matchMedia('(pointer: coarse)').matches
      ? 'Tap a picture to see the others in its place. Zoom with two fingers.'
      : 'Hold F to see the next picture in the same place. Zoom with the mouse wheel.';
  return matchMedia('(pointer: coarse)').matches
    ? 'Tap a picture to swap both. Zoom with two fingers.'
    : 'Hold F to see the other picture in the same place. Zoom with the mouse wheel.';
};
const answer = (choice, grade, input) => {
  if (!ready || find(`[data-choice="${choice}"]`).hidden) return;
  const level = trial.graded && !asked ? grade : 1;
  const chosen = find(`[data-${level > 1 ? 'much' : 'choice'}="${choice}"]`);
  chosen.classList.add('chosen');
  setTimeout(() => chosen.classList.remove('chosen'), 250);
  if (!asked) given = firstAnswer(choice, level, input);
  else given.answers[trial.questions[asked - 1].key] = choice;
  if (asked < trial.questions.length) {
    document.activeElement.blur();
    askQuestion(asked + 1);
    return;
  }
  lock('sending');
  if (trial.practice) keepPractised({ trial });
  send({ ...given, uuid: randomId(), view: viewer.record() });
};
const firstAnswer = (choice, level, input) => ({
  trial: trial.trial,
  choice,
  ...(trial.graded && choice !== 'T' ? { grade: level } : {}),
  input,
  rt_ms: Math.round(performance.now() - shownAt),
  answers: {},
});
// Goes back to the question before on this pair; returns false at the first.
const askAgain = () => {
  if (!ready || !asked) return false;
  askQuestion(asked - 1);
  return true;
};
stage.addEventListener('click', (event) => {
  const button = event.target.closest('[data-choice], [data-much]');
  // The next pair comes so fast that the second click of a double click would be its answer.
  if (!button || event.detail > 1 || (event.pointerType === 'touch' && event.timeStamp - tappedAt < REST))
    return;
  tappedAt = event.timeStamp;
  const { choice, much } = button.dataset;
  // A click made with the keyboard has no position; it is recorded as the input kind keyboard.
  const input = event.detail === 0 ? 'keyboard' : event.pointerType === 'touch' ? 'touch' : 'mouse';
  answer(choice || much, much ? 2 : 1, input);
});
