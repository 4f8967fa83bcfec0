from django.contrib.auth.views import LogoutView
from django.urls import path

from . import health, login
from .composer.views import composer, create, rerun, studio
from .gallery import filter_bar
from .gallery.views import compare, gallery, generation, jobs, lightbox, media, selection
from .http import by_method
from .library.views import archives, bulk, collections, review, trash
from .uploads import views as uploads

urlpatterns = [
    path("", studio.studio, name="studio"),
    path("compose/<str:type>/", composer.compose, name="compose"),
    path("estimate/", composer.estimate, name="estimate"),
    path("generations/", by_method(GET=gallery.gallery, POST=create.create), name="generations"),
    path("generations/changes/", gallery.changes, name="changes"),
    path("generations/<int:pk>/", generation.generation, name="generation"),
    path("generations/<int:pk>/cancel/", generation.cancel, name="cancel"),
    path("generations/<int:pk>/resolve/", generation.resolve, name="resolve"),
    path("generations/<int:pk>/video/", media.video, name="video"),
    path("generations/<int:pk>/poster/", media.poster, name="poster"),
    path("generations/<int:pk>/keep/", generation.keep, name="keep"),
    path("filters/names/", filter_bar.names, name="names"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("generations/<int:pk>/frame/", uploads.frame, name="frame"),
    path("generations/<int:pk>/reuse/", uploads.reuse, name="reuse"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/incoming/", uploads.begin, name="begin-upload"),
    path("uploads/incoming/<slug:name>/", uploads.chunks, name="incoming"),
    path("uploads/incoming/<slug:name>/done/", uploads.finish, name="finish-upload"),
    path("uploads/jobs/<int:pk>/", uploads.file_job, name="file-job"),
    path("uploads/jobs/<int:pk>/cancel/", uploads.cancel_job, name="cancel-job"),
    path("uploads/<int:pk>/file/", uploads.file, name="upload-file"),
    path("uploads/<int:pk>/poster/", uploads.poster, name="upload-poster"),
    path("uploads/<int:pk>/trim/", uploads.trim, name="trim"),
    path("uploads/<int:pk>/delete/", uploads.delete, name="delete-upload"),
    path("generations/<int:pk>/panel/", lightbox.panel, name="panel"),
    path("generations/<int:pk>/favorite/", review.favorite, name="favorite"),
    path("generations/<int:pk>/rating/", review.rating, name="rating"),
    path("generations/<int:pk>/tags/", review.tags, name="tags"),
    path("generations/<int:pk>/note/", review.note, name="note"),
    path("generations/<int:pk>/collections/", review.collections, name="collect"),
    path("generations/<int:pk>/delete/", trash.delete, name="delete"),
    path("generations/<int:pk>/restore/", trash.restore, name="restore"),
    path("generations/<int:pk>/reseed/", rerun.reseed, name="reseed"),
    path("generations/<int:pk>/upscale/", rerun.upscale, name="upscale"),
    path("selection/", bulk.selection, name="selection"),
    path("selection/summary/", selection.summary, name="selection-summary"),
    path("selection/export.<slug:format>", bulk.export, name="export"),
    path("archives/<int:archive>/", archives.archive, name="archive"),
    path("archives/<int:archive>/file/", archives.archive_file, name="archive-file"),
    path("trash/", trash.trash, name="trash"),
    path("trash/empty/", trash.empty, name="empty-trash"),
    path("compare/", compare.compare, name="compare"),
    path("collections/", collections.collections, name="collections"),
    path("held/send/", generation.held, {"action": "send"}, name="send-held"),
    path("held/cancel/", generation.held, {"action": "cancel"}, name="cancel-held"),
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", health.healthz, name="healthz"),
]

handler400 = "studio.error_pages.bad_request"
handler500 = "studio.error_pages.server_error"
