// Marks the current page, sets its title, switches between light and dark, and keeps the page on a stray drop.
const page = props.value.page;
for (const link of element.querySelectorAll('[data-page]')) {
  if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
}
document.title = props.value.title;
document.documentElement.lang = 'en';
element.querySelector('.nav-theme').addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  document.documentElement.classList.toggle('lab-dark', dark);
  try {
    localStorage.setItem('harmonylab-theme', dark ? 'dark' : 'light');
  } catch {
    /* storage is off */
  }
});
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
