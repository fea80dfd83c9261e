// Makes elements. Texts become text nodes, so nothing that people typed is read as markup.

const set = (element, name, value) => {
  if (typeof value === 'function') element.addEventListener(name, value);
  else if (name === 'class') element.className = value;
  else if (name in element && typeof value !== 'string') element[name] = value;
  else if (value !== null && value !== undefined) element.setAttribute(name, value);
};

// h('button', { class: 'main', click: onClick, disabled: true }, 'Text', child, …)
export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
};

// Names of studies, methods and people are not translated.
export const name = (text) => h('span', { translate: 'no' }, text);

export const notice = (text) => h('p', { class: 'notice', role: 'alert' }, text);

// A table whose rows become cards on a phone: each cell has its heading for that.
export const table = (label, heads, rows) =>
  h(
    'div',
    { class: 'org-table', tabIndex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { scope: 'col' }, text)))),
      h(
        'tbody',
        {},
        ...rows.map((cells) =>
          h(
            'tr',
            {},
            ...cells.map((cell, column) =>
              h('td', {}, h('span', { class: 'org-head', 'aria-hidden': 'true' }, heads[column]), cell),
            ),
          ),
        ),
      ),
    ),
  );

// Asks before something that is hard to take back; resolves to null when people decline, else to the text
// that they typed ('' without a field).
export const ask = (question, { yes, field = '' }) =>
  new Promise((done) => {
    const input = field ? h('input', { type: 'text', name: 'text', maxLength: 500 }) : null;
    const dialog = h(
      'dialog',
      { class: 'org-dialog', 'aria-label': question },
      h(
        'form',
        { method: 'dialog' },
        h('p', {}, question),
        input && h('label', {}, field, input),
        h(
          'div',
          { class: 'org-buttons' },
          h('button', { value: 'yes', class: 'org-button main' }, yes),
          h('button', { value: '', class: 'org-button', formNoValidate: true }, 'Cancel'),
        ),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      done(dialog.returnValue === 'yes' ? (input?.value ?? '') : null);
    });
    document.querySelector('.organizer').append(dialog);
    dialog.showModal();
  });

export const number = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

// Times are stored in UTC; people read their own.
export const time = (iso) =>
  iso
    ? h(
        'time',
        { dateTime: iso, translate: 'no' },
        new Date(iso).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' }),
      )
    : '–';
