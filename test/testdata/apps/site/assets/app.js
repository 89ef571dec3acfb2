document.title = "Home of " + location.host;
