readAddress();
restoreParts();
restorePair();
switchOptions();
watchParts();
if (valueOf("city") || valueOf("platform")) showCrossing().then(openAddress);
else if (location.hash) openAddress();
