// Photos of a clause: a camera gives one at a time, so each joins those taken before, and each may be taken back.
const taken = new WeakMap();

const show = (input) => {
  const files = new DataTransfer();
  for (const file of taken.get(input)) files.items.add(file);
  input.files = files.files;
  const shelf = input.closest(".list-group-item").querySelector("[data-chosen]");
  for (const image of shelf.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  shelf.replaceChildren(...taken.get(input).map((file, place) => {
    const figure = document.createElement("figure");
    const image = document.createElement("img");
    const remove = document.createElement("button");
    figure.className = "photo";
    image.src = URL.createObjectURL(file);
    image.alt = `照片 ${place + 1}`;
    remove.className = "btn btn-sm";
    remove.type = "button";
    remove.textContent = "删除";
    remove.addEventListener("click", () => {
      taken.set(input, taken.get(input).filter((one) => one !== file));
      show(input);
    });
    figure.append(image, remove);
    return figure;
  }));
};

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("[data-photos]")) return;
  taken.set(input, [...(taken.get(input) ?? []), ...input.files]);
  show(input);
});
