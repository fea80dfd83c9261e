// Makes the panels of the rail: sections that open and close; on a phone, tabs of a sheet below the stage.
const PHONE = '(max-width: 860px), (max-height: 520px)';
const OPEN = ['objects', 'curves'];

const tab = (name, title) => {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', textContent: title, id: `wb-tab-${name}` });
  button.setAttribute('role', 'tab');
  button.setAttribute('aria-controls', `wb-panel-${name}`);
  button.dataset.panel = name;
  return button;
};

// Returns `panel(name, title)`: the element in which a part puts its controls.
export const createPanels = (root, order) => {
  const phone = matchMedia(PHONE);
  const list = root.querySelector('.wb-panels');
  const tabs = root.querySelector('.wb-tabs');
  const bodies = new Map();
  let chosen = '';

  const place = (section, name) => {
    section.style.order = order.indexOf(name) + 1 || order.length + 1;
  };
  const show = (name) => {
    chosen = name;
    for (const section of list.children)
      section.dataset.chosen = section.dataset.panel === name ? 'yes' : 'no';
    for (const button of tabs.children) {
      const own = button.dataset.panel === name;
      button.setAttribute('aria-selected', String(own));
      button.tabIndex = own ? 0 : -1;
    }
  };
  const setOpen = (section, open) => {
    section.dataset.open = open ? 'yes' : 'no';
    section.querySelector('.wb-panel-title').setAttribute('aria-expanded', String(open));
  };
  const roles = () => {
    for (const section of list.children) {
      const name = section.dataset.panel;
      if (phone.matches) section.setAttribute('role', 'tabpanel');
      else section.removeAttribute('role');
      section.setAttribute('aria-labelledby', phone.matches ? `wb-tab-${name}` : `wb-title-${name}`);
    }
  };
  const make = (name, title) => {
    const section = document.createElement('section');
    section.className = 'wb-panel';
    section.id = `wb-panel-${name}`;
    section.dataset.panel = name;
    section.innerHTML = `<h2><button type="button" class="wb-panel-title" aria-controls="wb-body-${name}"></button></h2><div class="wb-panel-body" id="wb-body-${name}"></div>`;
    const button = section.querySelector('button');
    button.textContent = title;
    button.id = `wb-title-${name}`;
    button.addEventListener('click', () => setOpen(section, section.dataset.open !== 'yes'));
    setOpen(section, OPEN.includes(name));
    list.append(section);
    tabs.append(tab(name, title));
    for (const part of [section, tabs.lastElementChild]) place(part, name);
    const first = order.find((one) => list.querySelector(`[data-panel=${one}]`));
    show(first ?? name);
    roles();
    return section.querySelector('.wb-panel-body');
  };
  tabs.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button) show(button.dataset.panel);
  });
  tabs.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const all = [...tabs.children].sort((a, b) => a.style.order - b.style.order);
    const next = all[(all.findIndex((one) => one.dataset.panel === chosen) + by + all.length) % all.length];
    show(next.dataset.panel);
    next.focus();
    event.preventDefault();
  });
  phone.addEventListener('change', roles);

  const panel = (name, title) => {
    if (!bodies.has(name)) bodies.set(name, make(name, title));
    return bodies.get(name);
  };
  // Opens a panel, and shows it on a phone.
  panel.show = (name) => {
    if (!bodies.has(name)) return;
    setOpen(bodies.get(name).parentElement, true);
    show(name);
  };
  return panel;
};
