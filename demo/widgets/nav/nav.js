const page = props.value.page;
for (const link of element.querySelectorAll('[data-page]')) {
  if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
}
document.title = props.value.title;
document.documentElement.lang = 'en';
element.querySelector('.nav-theme').addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  try { localStorage.setItem('harmonylab-theme', dark ? 'dark' : 'light'); } catch { /* storage is off */ }
});
try {
  const kept = localStorage.getItem('harmonylab-theme');
  if (kept) document.body.classList.toggle('dark', kept === 'dark');
} catch { /* storage is off */ }
