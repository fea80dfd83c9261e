// Shows after a practice pair with a known answer which picture was the better one, in place, until the person goes
// on. The storage of the browser holds the pair meanwhile, so that it is there again after a reload.
const PRACTICE = 'harmonylab-practice';
const READ = 350; // milliseconds in which a second click belongs to the answer
let practised = null, // {trial, better}: the practice pair that was answered last
  goOn = () => {},
  toldAt = 0;

const keepPractised = (value) => {
  practised = value;
  write(PRACTICE, placeOf(slug), value);
};
// Returns true, and shows the better picture first, where the state is the reply to a practice pair; `next` goes on.
const showPractice = (state, next) => {
  practised ||= read(PRACTICE)[placeOf(slug)] || null;
  if (practised && state.better) keepPractised({ ...practised, better: state.better });
  if (practised?.better) {
    tell(practised, next);
    return true;
  }
  if (practised) keepPractised(null);
  return false;
};
const tell = async ({ trial: value, better }, next) => {
  if (stage.hidden) show('trial');
  goOn = next;
  if (!(await redraw(value))) return leavePractice();
  given = null;
  told = better;
  lock('feedback');
  showTools();
  writeFeedback(better === 'L' ? 'A' : 'B');
  find('.trial-feedback').hidden = false;
  find('[data-go]').focus({ preventScroll: true });
  toldAt = performance.now();
};
// Shows the pictures of a pair again after the page was loaded again; returns false where they do not arrive.
const redraw = async (value) => {
  if (trial?.trial === value.trial) return true;
  const turn = ++drawCount;
  trial = value;
  label(value);
  lock('loading', 'Loading…');
  try {
    await viewer.show(value);
    await painted();
  } catch {
    return false;
  }
  return turn === drawCount;
};
// An own text of the organizer is in the language of the study, and is not translated.
const writeFeedback = (name) => {
  const place = find('[data-told]'),
    own = info?.practice;
  if (own) Object.assign(place, { translate: false, lang: info.language });
  else {
    place.removeAttribute('translate');
    place.removeAttribute('lang');
  }
  place.textContent = own
    ? own.replaceAll('{picture}', name)
    : `In this practice pair, picture ${name} is the better one.`;
};
const leaveFeedback = () => {
  told = '';
  find('.trial-feedback').hidden = true;
  showTools();
  keepPractised(null);
};
const leavePractice = () => {
  leaveFeedback();
  lock('sending');
  goOn();
};
find('[data-go]').addEventListener('click', (event) => {
  if (event.detail > 1 || performance.now() - toldAt < READ) return;
  leavePractice();
});
