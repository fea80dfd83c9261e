// Hides the names of the methods in a new order, and keeps which result was picked as the best.
let blind = false,
  revealed = false,
  pick = -1, // index of the method, -1: none
  order = [];

const letter = (index) => String.fromCharCode(65 + order.indexOf(index));
const hidden = () => blind && !revealed;
const nameOf = (data, index) => (hidden() ? letter(index) : data.title);
const inOrder = (count) => {
  order = [...Array(count).keys()];
  revealed = false;
  pick = -1;
  if (!blind) return;
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
};
const voteText = (list) => {
  if (revealed) return pick < 0 ? 'You picked none.' : `Your pick: ${list[pick].title}`;
  return pick < 0 ? 'Which one looks most natural? Pick the best.' : `You picked ${letter(pick)}.`;
};
