// Lists all studies and their versions.

import { h, notice, number, table, time } from './dom.js';
import { serverLog } from './log.js';
import { badge } from './states.js';

const HEADS = ['Study', 'State', 'People', 'Votes', 'Made'];

const row = (study) => [
  h(
    'span',
    {},
    h(
      'a',
      { href: `/organizer#study/${study.slug}/${study.version}/monitor`, translate: 'no' },
      `${study.title} (${study.slug}, version ${study.version})`,
    ),
    study.is_default && ' ',
    study.is_default && h('span', { class: 'org-badge' }, 'At /study'),
  ),
  badge(study.status),
  `${number(study.completed)} of ${number(study.participants)} completed`,
  number(study.votes),
  time(study.created_at),
];

export const start = async (root, api) => {
  const head = h('header', { class: 'org-top' }, h('h1', { tabIndex: -1 }, 'Studies'));
  if (api.canBuild) head.append(h('a', { class: 'org-button main', href: '/organizer#new' }, 'New study'));
  root.replaceChildren(head);
  try {
    const { studies } = await api.get('studies');
    root.append(
      studies.length
        ? table('Studies', HEADS, studies.map(row))
        : h('p', { class: 'org-empty' }, 'There is no study yet.'),
      serverLog(api),
    );
  } catch (error) {
    root.append(notice(error.message));
  }
};
