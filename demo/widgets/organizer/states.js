// Names the states of a study, what they mean, and the buttons that change them.

import { h, name } from './dom.js';

export const STATES = {
  draft: ['Draft', 'Nobody can take part, except in a rehearsal. A draft can still be deleted.'],
  active: ['Active', 'People enrol and answer.'],
  paused: ['Paused', 'Nobody enrols, and nobody gets another pair. A pair that is open can be answered.'],
  closed: ['Closed', 'The study is over. Nobody enrols or answers.'],
};

// State now → state wanted → label, explanation, and the question that is asked first.
export const MOVES = {
  draft: {
    active: ['Activate', 'People can take part from now on. Methods and pairs can no longer change.'],
  },
  active: {
    paused: ['Pause', 'Nobody enrols or gets another pair until you go on.'],
    closed: [
      'Close',
      'Ends the study for everybody.',
      'Close this study? People who have not finished can no longer answer.',
    ],
  },
  paused: {
    active: ['Go on', 'People enrol and answer again.'],
    closed: [
      'Close',
      'Ends the study for everybody.',
      'Close this study? People who have not finished can no longer answer.',
    ],
  },
  closed: {
    active: [
      'Open again',
      'People enrol and answer again. The log shows it.',
      'Open this study again? Further answers after the end can change the result; the log shows this.',
    ],
  },
};

// What an address without a study shows: this one, or another and the button that changes it.
export const atStudy = (api, study, redraw) => {
  if (study.at_study.this) return h('p', {}, 'The address /study alone shows this study, too.');
  const click = () => redraw(() => api.post(`${study.path}/default`));
  return h(
    'div',
    { class: 'org-at-study' },
    study.at_study.title
      ? h('p', {}, 'The address /study alone still shows another study: ', name(study.at_study.title))
      : h('p', {}, 'The address /study alone shows no study.'),
    h('button', { type: 'button', class: 'org-button', click }, 'Show this study at /study'),
    h('p', { class: 'org-small' }, 'People who have begun another study stay in it.'),
  );
};

export const badge = (state) => h('span', { class: `org-badge org-${state}` }, STATES[state][0]);
