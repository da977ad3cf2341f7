/* In place of a file of the theme: 1.5 MB that draw the icons once more, which its web font shows. */
