// Draws the questions of a form, and reads the answers; a fault is written at its field.
const formRoot = element.querySelector('[data-screen=form]'),
  formFields = formRoot.querySelector('.form-questions');
const FORM_TEXTS = {
  screener: ['Before you start', 'These answers are kept only if you take part.'],
  before: ['About you', ''],
  after: ['The last questions', ''],
};
let formQuestions = [];

const make = (tag, fields = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...children);
  return made;
};
const questionText = (question, language) => {
  const text = make('span', { translate: false, lang: language }, question.text);
  return question.optional ? [text, ' ', make('small', {}, 'You may leave this out.')] : [text];
};
const choiceField = (question, id, language) => {
  const choices = question.choices.map(({ value, text }) =>
    make(
      'label',
      { className: 'form-choice' },
      make('input', { type: 'radio', name: id, value }),
      make('span', { translate: false, lang: language }, text),
    ),
  );
  return make('fieldset', { id }, make('legend', {}, ...questionText(question, language)), ...choices);
};
const writtenField = (question, id, language) => {
  const label = make('label', { htmlFor: id }, ...questionText(question, language));
  const field =
    question.kind === 'text'
      ? make('textarea', { id, rows: 3, maxLength: 2000 })
      : make('input', { id, type: 'text', inputMode: 'decimal', autocomplete: 'off', maxLength: 30 });
  return make('div', {}, label, field);
};
const formField = (question, index, language) => {
  const id = `form-${index}`;
  const field = (question.kind === 'choice' ? choiceField : writtenField)(question, id, language);
  const fault = make('p', { className: 'form-fault', id: `${id}-fault`, hidden: true });
  const box = make('div', { className: 'form-question' }, field, fault);
  box.dataset.key = question.key;
  return box;
};

const givenIn = (box) => {
  const written = box.querySelector('input[type=text], textarea');
  return (written ? written.value : box.querySelector('input:checked')?.value || '').trim();
};
const formAnswers = () =>
  Object.fromEntries([...formFields.children].map((box) => [box.dataset.key, givenIn(box)]));

const drawForm = (stage, questions, language, kept = {}) => {
  [formRoot.querySelector('h1').textContent, formRoot.querySelector('.form-lead').textContent] =
    FORM_TEXTS[stage];
  formQuestions = questions;
  formFields.replaceChildren(...questions.map((question, index) => formField(question, index, language)));
  for (const box of formFields.children) {
    const value = kept[box.dataset.key] || '';
    const written = box.querySelector('input[type=text], textarea');
    if (written) written.value = value;
    for (const choice of box.querySelectorAll('input[type=radio]')) choice.checked = choice.value === value;
  }
};

const numberFault = ({ minimum, maximum }, text) => {
  const number = Number(text.replace(',', '.'));
  if (!Number.isFinite(number)) return 'Please write a number.';
  if (number >= (minimum ?? number) && number <= (maximum ?? number)) return '';
  if (minimum === undefined) return `Please write a number up to ${maximum}.`;
  if (maximum === undefined) return `Please write a number from ${minimum} on.`;
  return `Please write a number from ${minimum} to ${maximum}.`;
};
const faultOf = (question, text) => {
  if (!text) return question.optional ? '' : 'Please answer this question.';
  return question.kind === 'number' ? numberFault(question, text) : '';
};
const showFault = (box, text) => {
  const fault = box.querySelector('.form-fault'),
    field = box.querySelector('fieldset, input[type=text], textarea');
  fault.textContent = text;
  fault.hidden = !text;
  if (text) field.setAttribute('aria-describedby', fault.id);
  else field.removeAttribute('aria-describedby');
  for (const one of box.querySelectorAll('input, textarea')) one.setAttribute('aria-invalid', Boolean(text));
};
// Returns the answers, or null after it has written the faults and moved to the first one.
const readForm = () => {
  const boxes = [...formFields.children];
  const faults = boxes.map((box, index) => faultOf(formQuestions[index], givenIn(box)));
  boxes.forEach((box, index) => {
    showFault(box, faults[index]);
  });
  const first = faults.findIndex(Boolean);
  if (first >= 0) {
    boxes[first].querySelector('input, textarea').focus();
    return null;
  }
  const answers = formAnswers();
  for (const { key, kind } of formQuestions)
    if (kind === 'number') answers[key] = answers[key].replace(',', '.');
  return answers;
};
