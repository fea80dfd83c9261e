// Shows one version of a study: its state with the buttons that change it, and a tab for each purpose.

import { start as startPairs } from './builder/pairs.js';
import { ask, h, name, notice } from './dom.js';
import { start as startFiles } from './files.js';
import { start as startLog } from './log.js';
import { start as startMonitor } from './monitor.js';
import { start as startPeople } from './people.js';
import { start as startSettings } from './settings.js';
import { atStudy, badge, MOVES, STATES } from './states.js';

// A tab is a function of the element to draw in, the api, and the study; it may return a function that ends it.
export const TABS = [
  ['monitor', 'Monitor', startMonitor],
  ['people', 'People', startPeople],
  ['pairs', 'Pairs', startPairs],
  ['settings', 'Settings', startSettings],
  ['files', 'Files', startFiles],
  ['log', 'Log', startLog],
];

const moveButton = (api, study, wanted, redraw) => {
  const [label, meaning, question] = MOVES[study.status][wanted];
  const working = h('p', { class: 'org-small', role: 'status' }, meaning);
  const click = async ({ currentTarget: button }) => {
    if (question && (await ask(question, { yes: label })) === null) return;
    button.disabled = true; // a draft is opened after all its pictures were read, which takes seconds
    if (study.status === 'draft') working.textContent = 'All pictures are checked first …';
    await redraw(() => api.post(`${study.path}/state`, { state: wanted }));
    button.disabled = false;
  };
  return h(
    'div',
    { class: 'org-move' },
    h('button', { class: 'org-button', type: 'button', click }, label),
    working,
  );
};

const stateSection = (api, study, redraw) => {
  const deletion = async () => {
    const question = 'Delete this draft? Its pictures stay in their folder.';
    if ((await ask(question, { yes: 'Delete' })) === null) return;
    await redraw(() => api.post(`${study.path}/delete`), '#studies');
  };
  return h(
    'section',
    { class: 'org-state', 'aria-label': 'State' },
    h('p', {}, badge(study.status), ' ', h('span', {}, STATES[study.status][1])),
    study.status === 'active' &&
      h(
        'p',
        {},
        h(
          'a',
          { href: `/organizer#study/${study.slug}/${study.version}/settings` },
          'Addresses for participants',
        ),
      ),
    study.status === 'active' && !study.at_study.this && atStudy(api, study, redraw),
    h(
      'div',
      { class: 'org-moves' },
      ...study.next.map((wanted) => moveButton(api, study, wanted, redraw)),
      study.status === 'draft' &&
        h(
          'div',
          { class: 'org-move' },
          h('button', { class: 'org-button', type: 'button', click: deletion }, 'Delete'),
          h('p', { class: 'org-small' }, 'Removes the draft and its rehearsals.'),
        ),
    ),
  );
};

const others = (study) => {
  const withVotes = study.others.filter(({ votes }) => votes > 0);
  if (!withVotes.length) return null;
  return h(
    'p',
    { class: 'org-small' },
    'Other versions have votes of their own: ',
    ...withVotes.map(({ version, votes }) =>
      h(
        'a',
        { href: `/organizer#study/${study.slug}/${version}/monitor` },
        `version ${version} (${votes} votes) `,
      ),
    ),
  );
};

const tabBar = (study, current) =>
  h(
    'nav',
    { class: 'org-tabs', 'aria-label': 'About this study' },
    ...TABS.map(([tab, label]) =>
      h(
        'a',
        {
          href: `/organizer#study/${study.slug}/${study.version}/${tab}`,
          'aria-current': tab === current ? 'page' : null,
        },
        label,
      ),
    ),
  );

export const start = async (root, api, { slug, version, tab }) => {
  const path = `studies/${encodeURIComponent(slug)}/${Number(version)}`;
  let study;
  try {
    study = { ...(await api.get(path)), path };
  } catch (error) {
    root.replaceChildren(h('h1', { tabIndex: -1 }, 'Study'), notice(error.message));
    return;
  }
  const fault = notice('');
  fault.hidden = true;
  const redraw = async (change, next) => {
    try {
      await change();
      if (next) location.hash = next;
      else api.reload();
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
      fault.scrollIntoView({ block: 'nearest' });
    }
  };
  const [current, , startTab] = TABS.find(([key]) => key === tab) ?? TABS[0];
  const body = h('div', { class: 'org-tab' });
  root.replaceChildren(
    h('p', { class: 'org-small' }, h('a', { href: '/organizer#studies' }, 'All studies')),
    h('h1', { tabIndex: -1 }, name(study.title)),
    h('p', { class: 'org-small', translate: 'no' }, `${study.slug}, version ${study.version}`),
    others(study) ?? '',
    stateSection(api, study, redraw),
    fault,
    tabBar(study, current),
    body,
  );
  return startTab(body, api, study, redraw);
};
