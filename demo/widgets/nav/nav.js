// Marks the current page, sets its title, switches language and colours, and keeps the page on a stray drop.
const page = props.value.page;
for (const link of element.querySelectorAll('[data-page]')) {
  if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
}
if (!props.value.links) {
  const room = Object.assign(document.createElement('div'), { className: 'nav-pages' });
  element.querySelector('.nav-pages').replaceWith(room);
  element.querySelector('.nav-organizer').remove();
}
// The organizer's page notes in this browser that somebody signed in; no other page asks the server for that.
let known = null;
try {
  known = localStorage.getItem('harmonylab-organizer');
} catch {
  /* storage is off */
}
element.querySelector('.nav-organizer')?.classList.toggle('nav-known', Boolean(known));
document.title = props.value.title;
element.querySelector('.nav-theme').addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  document.documentElement.classList.toggle('lab-dark', dark);
  try {
    localStorage.setItem('harmonylab-theme', dark ? 'dark' : 'light');
  } catch {
    /* storage is off */
  }
});
// The button names the next language in that language.
const languageButton = element.querySelector('.nav-language'),
  { labLanguage } = window;
const nextLanguage = () => {
  const all = Object.keys(labLanguage.offered);
  return all[(all.indexOf(labLanguage.current) + 1) % all.length];
};
const drawLanguage = () => {
  const next = nextLanguage();
  languageButton.textContent = next.toUpperCase();
  languageButton.lang = next;
  languageButton.title = labLanguage.offered[next].name;
  // The name of a button begins with the text that people see on it.
  languageButton.setAttribute('aria-label', `${next.toUpperCase()}, ${labLanguage.offered[next].name}`);
};
languageButton.addEventListener('click', () => {
  labLanguage.use(nextLanguage());
  drawLanguage();
});
drawLanguage();
// demo/html_head.py sets the class before the page is drawn; the body takes it over.
document.body.classList.toggle('dark', document.documentElement.classList.contains('lab-dark'));
// A file that is dropped where nothing takes it would replace the page, and lose what was done on it.
for (const kind of ['dragover', 'drop']) {
  document.addEventListener(kind, (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'none';
  });
}
