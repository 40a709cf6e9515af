// Answers of a sheet: steppers, and choices that stand alone.
document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (!step) return;
  const input = step.parentElement.querySelector("input");
  input.value = Math.max(0, (Number.parseInt(input.value, 10) || 0) + Number(step.dataset.step));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// 不适用 and 不缺 stand alone: choosing one clears the rest, choosing another clears it.
document.addEventListener("change", (event) => {
  const changed = event.target;
  const answer = changed.closest?.(".answer");
  if (!answer) return;
  const alone = [...answer.querySelectorAll("[data-na], [data-none]")];
  const others = [...answer.querySelectorAll("input")].filter((input) => input !== changed);
  const clear = (input) => {
    if (input.type === "checkbox" || input.type === "radio") input.checked = false;
    else input.value = "";
  };
  if (alone.includes(changed) && changed.checked) others.forEach(clear);
  else others.filter((input) => alone.includes(input)).forEach(clear);
});
