// Tabs that scroll sideways on a narrow screen begin where the open one is.

export function tabs() {
  for (const open of document.querySelectorAll(".subnav [aria-current]")) {
    const list = open.closest("ul");
    if (list.scrollWidth <= list.clientWidth) continue;
    const [here, room] = [open.getBoundingClientRect(), list.getBoundingClientRect()];
    list.scrollLeft += here.left + here.width / 2 - room.left - room.width / 2;
  }
}
