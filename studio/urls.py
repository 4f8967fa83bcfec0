from django.contrib.auth.views import LogoutView
from django.urls import path

from .views import bar, composer, gallery, generation, health, jobs, keeping, login, media, studio, uploads

urlpatterns = [
    path("", studio.studio, name="studio"),
    path("compose/<slug:type>/", composer.compose, name="compose"),
    path("estimate/", composer.estimate, name="estimate"),
    path("generations/", gallery.generations, name="generations"),
    path("generations/changes/", gallery.changes, name="changes"),
    path("generations/<int:pk>/", generation.generation, name="generation"),
    path("generations/<int:pk>/cancel/", generation.cancel, name="cancel"),
    path("generations/<int:pk>/resolve/", generation.resolve, name="resolve"),
    path("generations/<int:pk>/video/", media.video, name="video"),
    path("generations/<int:pk>/poster/", media.poster, name="poster"),
    path("generations/<int:pk>/keep/", keeping.keep, name="keep"),
    path("filters/names/", bar.names, name="names"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("generations/<int:pk>/frame/", uploads.frame, name="frame"),
    path("generations/<int:pk>/reuse/", uploads.reuse, name="reuse"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<int:pk>/file/", uploads.file, name="upload-file"),
    path("uploads/<int:pk>/poster/", uploads.poster, name="upload-poster"),
    path("uploads/<int:pk>/trim/", uploads.trim, name="trim"),
    path("uploads/<int:pk>/delete/", uploads.delete, name="delete-upload"),
    path("held/send/", generation.held, {"action": "send"}, name="send-held"),
    path("held/cancel/", generation.held, {"action": "cancel"}, name="cancel-held"),
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", health.healthz, name="healthz"),
]

handler500 = "studio.views.errors.server_error"
