const root = element.querySelector('.leave'), button = element.querySelector('button');
let calm = 0;
const ask = (sure) => {
  clearTimeout(calm);
  root.classList.toggle('sure', sure);
  button.textContent = sure ? 'Yes, delete all of them' : 'Delete my answers';
  element.querySelector('span').textContent = sure ? 'This cannot be undone.' : '';
  if (sure) calm = setTimeout(() => ask(false), 8000);
};
button.addEventListener('click', () => {
  if (root.classList.contains('sure')) trigger('withdraw');
  ask(!root.classList.contains('sure'));
});
