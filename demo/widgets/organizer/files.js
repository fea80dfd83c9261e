// Links the files about a study.

import { h } from './dom.js';

const FILES = [
  ['report.html', 'Report', 'Scores with intervals, checks and every count, as one page.'],
  ['report.md', 'Report as text', 'The same as Markdown.'],
  ['report.json', 'Report as JSON', 'The same for programs.'],
  [
    'table.tex',
    'Table for a paper',
    'Scores with intervals as LaTeX. There is one as soon as the votes give scores.',
  ],
  ['figure.svg', 'Figure for a paper', 'The scores with their intervals as a vector picture (SVG).'],
  ['methods.txt', 'Paragraph for a paper', 'Sentences on design, analysis and result with their numbers.'],
  ['paper.bib', 'References for a paper', 'Sources of the methods of analysis, for BibTeX.'],
  ['votes.csv', 'Every answer as CSV', 'One line for each answer, with the methods on both sides.'],
  [
    'rankings.csv',
    'Every choice as CSV',
    'One line for each picture with its rank, where people chose the best of three or four.',
  ],
  [
    'bundle.zip',
    'Archive to publish',
    'Votes, counts, all pictures, registration and report with checksums; no codes and no ids.',
  ],
  [
    'participants.csv',
    'Codes to pay by, as CSV',
    'Codes with state, minutes, failed checks, and whether to pay; no ids of a recruitment service.',
  ],
  ['people.csv', 'Answers to forms as CSV', 'What people answered about themselves, by their codes.'],
];

export const start = (root, _api, study) => {
  const base = `/organizer/files/${encodeURIComponent(study.slug)}`;
  root.append(
    h('h2', {}, 'Files'),
    h(
      'ul',
      { class: 'org-files' },
      ...FILES.map(([ending, label, meaning]) =>
        h(
          'li',
          {},
          h('a', { href: `${base}/${ending}?version=${study.version}`, download: '' }, label),
          h('p', { class: 'org-small' }, meaning),
        ),
      ),
    ),
  );
};
