// Shows the ends of a participation: thanks with the code and the way back, own choices, and other ends.
const SECONDS_TO_READ = 10;
const CHOSEN = { L: 'You chose A.', R: 'You chose B.', T: 'You saw no difference.' };
let leaving = 0;

const stayHere = () => {
  clearInterval(leaving);
  for (const place of element.querySelectorAll('.back-in')) place.textContent = '';
};
// Returns the address to go back to, with the id of the person, where the service wants it; '' for none.
const wayBack = (state) => {
  const person = linkParameters().survey_code || '';
  const address = state.return_url || '';
  if (!/^https?:\/\//.test(address) || (address.includes('{person}') && !person)) return '';
  return address.replace('{person}', encodeURIComponent(person));
};
// Mechanical Turk shows the study in a frame, and pays once a form came back from it, with the assignment.
const TURK = /^https:\/\/([a-z]+\.)?mturk\.com$/;
const turkForm = (code) => {
  const { turkSubmitTo = '', assignmentId = '' } = linkParameters();
  const form = root.querySelector('.back-to-turk');
  const host = URL.canParse(turkSubmitTo) ? new URL(turkSubmitTo).origin : '';
  form.hidden = !code || !assignmentId || !TURK.test(host);
  if (form.hidden) return null;
  form.action = `${host}/mturk/externalSubmit`;
  form.elements.assignmentId.value = assignmentId;
  form.elements.code.value = code;
  return form;
};
const leaveIn = (leave, place) => {
  let seconds = SECONDS_TO_READ;
  const count = () => {
    if (seconds === 0) {
      stayHere();
      leave();
    } else place.textContent = `You are taken back in ${seconds} seconds.`;
    seconds -= 1;
  };
  clearInterval(leaving);
  leaving = setInterval(count, 1000);
  count();
};
const drawEnd = (screen, state, finished) => {
  const code = screen.querySelector('[data-code]'),
    back = screen.querySelector('[data-back]'),
    address = wayBack(state);
  code.hidden = !state.code;
  code.querySelector('code').textContent = state.code || '';
  back.hidden = !address;
  if (!address) return;
  back.querySelector('a').href = address;
  if (finished && state.automatic) leaveIn(() => location.assign(address), back.querySelector('.back-in'));
};
// finished: the person has just come to the end, and did not open the page again.
const showThanks = (state, finished) => {
  const screen = root.querySelector('#thanks'),
    results = screen.querySelector('[data-results]');
  drawEnd(screen, state, finished);
  const form = turkForm(state.code);
  if (form && finished) leaveIn(() => form.submit(), form.querySelector('.back-in'));
  results.hidden = !state.results;
  if (state.results) results.querySelector('a').href = state.results;
  screen.querySelector('[data-choices]').hidden = !state.own_choices;
  show('thanks');
};
const showEnd = (state, finished) => {
  const screen = root.querySelector('#ended');
  screen.querySelector('[data-ended]').textContent = state.message;
  screen.querySelector('[data-delete]').hidden = !(
    token && ['away', 'paused', 'closed'].includes(state.reason)
  );
  drawEnd(screen, state, finished);
  show('ended');
};
const showChoices = async () => {
  const sided = (choice, count) => (address, place) => {
    const name = nameOf(place, count);
    const picture = make('img', { src: address, alt: `Picture ${name}`, loading: 'lazy' });
    const chosen = choice === (count > 2 ? name : 'LR'[place]);
    return make('figure', { className: chosen ? 'chosen' : '' }, picture, make('figcaption', {}, name));
  };
  const row = ({ left, right, further, choice }) => {
    const pictures = [left, right, ...further];
    const words = CHOSEN[choice] ?? `You chose picture ${choice}.`;
    return make('li', {}, ...pictures.map(sided(choice, pictures.length)), make('p', {}, words));
  };
  try {
    const { choices } = await ask(slug, 'choices', {}, token);
    root.querySelector('.own-choices').replaceChildren(...choices.map(row));
    show('choices');
  } catch (fault) {
    say('thanks', fault.message || 'This did not work. Please reload the page.');
  }
};
