const page = props.value.page;
for (const link of element.querySelectorAll('[data-page]')) {
  if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
}
document.title = props.value.title;
document.documentElement.lang = 'en';
element.querySelector('.nav-theme').addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  document.documentElement.classList.toggle('lab-dark', dark);
  try { localStorage.setItem('harmonylab-theme', dark ? 'dark' : 'light'); } catch { /* storage is off */ }
});
// What was decided before the first paint holds: see first_paint.py.
document.body.classList.toggle('dark', document.documentElement.classList.contains('lab-dark'));
