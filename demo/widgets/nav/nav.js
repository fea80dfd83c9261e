// Marks the current page, sets its title, and switches between light and dark.
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
