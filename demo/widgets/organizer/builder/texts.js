// The step about texts: title and question, and every text of the page in one or two languages side by side.

import { h } from '../dom.js';
import { choiceField, textField } from './fields.js';
import { questions } from './questions.js';

const LANGUAGES = [
  ['en', 'English'], ['de', 'Deutsch'], ['fr', 'Français'], ['es', 'Español'], ['it', 'Italiano'],
  ['pt', 'Português'], ['nl', 'Nederlands'], ['pl', 'Polski'], ['zh', '中文'], ['ja', '日本語'],
]; // biome-ignore format: a table
const DEFAULT_QUESTION = 'In which picture does the pasted object look more natural?';
const TEXTS = [
  ['headline', 'Headline', 1, 200],
  ['question', 'Question above each pair', 1, 200],
  ['instructions', 'Instructions', 5, 20000],
  ['consent', 'Consent', 8, 20000],
  ['practice', 'After a practice pair with a known answer', 2, 300, '{picture} is replaced by A or B.'],
  ['thanks', 'Thanks at the end', 3, 20000],
];

const without = (table, key) => Object.fromEntries(Object.entries(table).filter(([own]) => own !== key));

const setText = (work, language, key, value, first) => {
  const texts = work.table('texts');
  const own = value ? { ...texts[language], [key]: value } : without(texts[language] ?? {}, key);
  work.replace('texts', Object.keys(own).length ? { ...texts, [language]: own } : without(texts, language));
  if (first && key === 'question') work.change('study', 'question', value);
};

const column = (work, language, first) =>
  h(
    'div',
    { class: 'bld-column', lang: language },
    ...TEXTS.map(([key, label, lines, most, hint]) =>
      textField(
        `texts.${language}.${key}`,
        label,
        work.table('texts')[language]?.[key] ?? (first && key === 'question' ? DEFAULT_QUESTION : ''),
        (value) => setText(work, language, key, value, first),
        { lines, most, hint },
      ),
    ),
  );

const languages = (work, first, second) => {
  const changeFirst = (chosen) => {
    work.change('study', 'language', chosen);
    work.redraw();
  };
  const changeSecond = (chosen) => {
    if (second) work.replace('texts', without(work.table('texts'), second));
    if (chosen) work.replace('texts', { ...work.table('texts'), [chosen]: {} });
    work.redraw();
  };
  const others = LANGUAGES.filter(([key]) => key !== first);
  return h(
    'div',
    { class: 'bld-two' },
    choiceField('study.language', 'Language', first, LANGUAGES, changeFirst),
    choiceField('texts', 'Second language', second, [['', 'None'], ...others], changeSecond),
  );
};

export const textsStep = (root, work) => {
  const draw = () => {
    const study = work.table('study');
    const first = study.language ?? 'en';
    const second = Object.keys(work.table('texts')).find((key) => key !== first) ?? '';
    root.replaceChildren(
      h(
        'div',
        { class: 'bld-two' },
        textField('study.title', 'Title', study.title, (value) => work.change('study', 'title', value)),
        textField('study.slug', 'Short name in the address', study.slug, (value) =>
          work.change('study', 'slug', value.trim()),
        ),
      ),
      languages(work, first, second),
      h(
        'p',
        { class: 'org-small' },
        'Longer texts may use Markdown. An empty text is written from the settings.',
      ),
      h('div', { class: 'bld-two' }, column(work, first, true), second ? column(work, second, false) : ''),
      textField(
        'consent.contact',
        'Whom people can ask',
        work.table('consent').contact,
        (value) => work.change('consent', 'contact', value),
        { hint: 'Name and address, shown with the consent.' },
      ),
      questions(work, second),
    );
  };
  draw();
  return () => {}; // fields keep what is typed in them
};
