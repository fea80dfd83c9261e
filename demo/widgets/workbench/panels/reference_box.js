// Boxes in a picture: [left, top, right, bottom], 0-1.
const SMALLEST = 0.03; // of the picture's width and height

const within = (value, low, high) => Math.min(Math.max(value, low), high);
const rounded = (box) => box.map((value) => Math.round(1e4 * within(value, 0, 1)) / 1e4);

// Returns the box between two points, or null where it is too small.
export const boxFrom = ([x0, y0], [x1, y1]) => {
  const box = rounded([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)]);
  return box[2] - box[0] < SMALLEST || box[3] - box[1] < SMALLEST ? null : box;
};

// Moves a box; it stays inside the picture.
export const movedBox = ([left, top, right, bottom], x, y) => {
  const [across, down] = [within(x, -left, 1 - right), within(y, -top, 1 - bottom)];
  return rounded([left + across, top + down, right + across, bottom + down]);
};

// Moves the right and the lower edge of a box.
export const resizedBox = ([left, top, right, bottom], x, y) =>
  rounded([left, top, within(right + x, left + SMALLEST, 1), within(bottom + y, top + SMALLEST, 1)]);
