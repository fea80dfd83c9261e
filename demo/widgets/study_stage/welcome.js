// Shows what comes before the first trial: the check at the door, questions, consent and instructions.
let info = null,
  formDone = null,
  openedForm = '';
const formsGiven = { screener: {}, before: {}, after: {} };

const languagesOfPage = () => {
  const page = document.documentElement.lang || 'en';
  const own = navigator.languages.map((tag) => tag.split('-')[0].toLowerCase());
  const chosen = own.find((language) => language in (window.labLanguages || { en: 1 }));
  return [...new Set(chosen === page ? own : [page, ...own])].slice(0, 8).join(', ');
};
const linkParameters = () => {
  const here = [...new URLSearchParams(location.search)].slice(0, 30);
  const now = Object.fromEntries(here.map(([name, value]) => [name.slice(0, 50), value.slice(0, 200)]));
  return { ...read(KEPT)[placeOf(slug)]?.link, ...now };
};
const device = () => ({
  width: innerWidth,
  height: innerHeight,
  pixel_ratio: devicePixelRatio || 1,
  touch: matchMedia('(pointer: coarse)').matches,
  screen_width: screen.width,
  screen_height: screen.height,
});

// Texts of the study are written in the language that the server chose; they are not translated.
const fillText = (place, html) => {
  place.lang = info.language;
  place.innerHTML = html; // made of Markdown by the server, without tags of the organizer
};
const showTexts = () => {
  const consent = root.querySelector('[data-words=consent]'),
    instructions = root.querySelector('[data-words=instructions]'),
    thanks = root.querySelector('[data-thanks]');
  Object.assign(consent.querySelector('h1'), { textContent: info.headline, lang: info.language });
  fillText(consent.querySelector('.study-text'), info.consent_html);
  fillText(instructions.querySelector('[data-own]'), info.instructions_html);
  fillText(instructions.querySelector('[data-more]'), info.words_html);
  const own = Boolean(info.instructions_html);
  instructions.querySelector('[data-own]').hidden = !own;
  for (const built of instructions.querySelectorAll(':scope > ol, :scope > p')) built.hidden = own;
  const holds = {
    composites: info.kind === 'composites' && !info.own_question,
    images: info.kind === 'images' || info.own_question,
    plain: !info.own_question,
    'own-question': info.own_question,
    ties: info.ties,
    pairs: info.pictures === 2,
    several: info.pictures > 2,
  };
  for (const part of root.querySelectorAll('[data-if]'))
    part.hidden = !part.dataset.if.split(' ').every((condition) => holds[condition]);
  fillText(thanks, info.thanks_html);
  thanks.hidden = !info.thanks_html;
  root.querySelector('[data-counted]').hidden = Boolean(info.thanks_html);
  if (openedForm) drawForm(openedForm, questionsOf(openedForm), info.language, formAnswers());
};
const questionsOf = (stage) => info.forms.filter((question) => question.stage === stage);
// Shows a form where the study has one of this stage, else goes on at once.
const askForm = (stage, then) => {
  const questions = questionsOf(stage);
  if (!questions.length) return then();
  openedForm = stage;
  formDone = then;
  drawForm(stage, questions, info.language, formsGiven[stage]);
  show('form');
};
const sendForm = async () => {
  const answers = readForm();
  if (!answers) return;
  const button = formRoot.querySelector('[type=submit]');
  const stage = openedForm;
  formsGiven[stage] = answers;
  button.disabled = true;
  say('form', '');
  try {
    await formDone();
    if (stage === openedForm) openedForm = '';
  } catch (fault) {
    say('form', fault.message || 'This did not work. Please reload the page.');
  }
  button.disabled = false;
};

const showRefusal = (fault) => {
  const refusal = root.querySelector('#refused');
  refusal.querySelector('[data-refused]').textContent =
    fault.message || 'This did not work. Please reload the page.';
  refusal.dataset.code = fault.code || '';
  refusal.querySelector('.study-choices').hidden = [
    'unknown_study',
    'placeholder',
    'incomplete_link',
    'small_window',
  ].includes(fault.code);
  measureWindow();
  show('refused');
};
// A window that is too small is measured while it is changed; the door is asked again once it is wide enough.
const measureWindow = () => {
  const place = root.querySelector('[data-window]'),
    waits = root.querySelector('#refused').dataset.code === 'small_window';
  place.hidden = !waits;
  if (waits) place.textContent = `This window is ${innerWidth} pixels wide.`;
  return waits && innerWidth >= info.minimum_width;
};
const claimed = () => {
  // The claim is stored before it is sent: after a lost answer the same claim returns the same participant.
  claim ||= `${randomId()}-${randomId()}`.slice(0, 73);
  keep();
  return claim;
};
const body = () => ({
  claim: claimed(),
  link: linkParameters(),
  device: device(),
  screener: formsGiven.screener,
  before: formsGiven.before,
});
const showConsent = (preview) => {
  const place = root.querySelector('[data-preview]');
  place.textContent = preview || '';
  place.hidden = !preview;
  root.querySelector('[data-agree]').hidden = Boolean(preview);
  show('consent');
};
const screened = async () => {
  const state = await askUntilAnswered(slug, 'screen', body(), '', (words) =>
    say('form', words || 'No connection. Trying again…'),
  );
  if (state.state === 'open') showConsent();
  else showState(state, '', true);
};
// Asks at the door if this person may take part, and then for the screener or the consent.
const arrive = async () => {
  token = '';
  const visit = { link: linkParameters(), device: device() };
  if (claim) visit.claim = claim;
  try {
    const answer = await askUntilAnswered(slug, 'door', visit, '', showWaiting);
    if (!answer.open) showState(answer);
    else if (questionsOf('screener').length) askForm('screener', screened);
    else showConsent();
  } catch (fault) {
    if (fault.code === 'preview') showConsent(fault.message);
    else showRefusal(fault);
  }
};
